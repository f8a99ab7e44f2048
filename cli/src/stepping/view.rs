//! Everything to be shown of a place, as data: read off the session, and nothing worked out.

use iocp_model::Rule;
use iocp_scenarios::stepper::{
    Ended, FilePicture, HandlePicture, ObjectPicture, Offer, OperationPicture, Picture,
    StructurePicture, Taken, Withheld,
};
use iocp_viz::session::{Change, Doing, changes, in_words, micro_ports};

use super::app::App;

/// Moments of the lanes that are shown at most.
const MOMENTS_MAX: usize = 40;

/// A place of a session.
pub(super) struct View {
    pub(super) title: String,
    pub(super) semantics: String,
    /// `branch 2 of 3, step 4 of 13`.
    pub(super) place: String,
    pub(super) picture: Picture,
    /// For each thread what it did in the last moments, the present last.
    pub(super) lanes: Vec<Vec<Doing>>,
    pub(super) log: Vec<LogRow>,
    /// Whether the log leaves steps out.
    pub(super) filtered: bool,
    /// The step that led here, or the one we are inside of.
    pub(super) taken: Option<Taken>,
    /// How many of its effects have happened.
    pub(super) shown: usize,
    pub(super) changes: Vec<Change>,
    /// What can happen, and whether the branch goes on so.
    pub(super) offers: Vec<(Offer, bool)>,
    pub(super) withheld: Vec<Withheld>,
    pub(super) ended: Option<Ended>,
}

impl View {
    /// Handles, objects and what keeps them, files, operations, OVERLAPPEDs and variables: the
    /// name of each kind, and a sentence for each of them. Handles and objects always, the others
    /// where there are any.
    pub(super) fn references(&self) -> Vec<(&'static str, Vec<String>)> {
        let picture = &self.picture;
        let handle = |h: &HandlePicture| format!("{} in {} names {}", h.value, h.process, h.object);
        let object = |o: &ObjectPicture| {
            let kept = match o.references.as_slice() {
                [] => String::new(),
                some => format!("; kept by {}", some.join(", ")),
            };
            let s = if o.handles == 1 { "" } else { "s" };
            format!("{} ({}), {} handle{s}{kept}", o.name, o.kind, o.handles)
        };
        let file = |f: &FilePicture| {
            let tells = match &f.association {
                Some((port, key)) => format!("{} tells {port} with key {key}", f.name),
                None => format!("{} tells no port", f.name),
            };
            if f.modes.is_empty() { tells } else { format!("{tells} ({})", f.modes.join(", ")) }
        };
        let operation = |o: &OperationPicture| {
            let state = if o.canceled { "a cancel is asked for" } else { "pending" };
            format!(
                "{} on {} by {}, OVERLAPPED {}, {state}",
                o.function, o.file, o.thread, o.overlapped
            )
        };
        let structure = |s: &StructurePicture| {
            let holds =
                s.holds.as_ref().map(|(status, bytes)| format!(", {status}, {bytes} bytes"));
            format!("{}: {}{}", s.name, s.owner, holds.unwrap_or_default())
        };
        let mut all = vec![
            ("Handles", picture.handles.iter().map(handle).collect::<Vec<_>>()),
            ("Objects", picture.objects.iter().map(object).collect()),
        ];
        let variable = |(name, value): &(String, i64)| format!("{name} = {value}");
        let others = [
            ("Files", picture.files.iter().map(file).collect::<Vec<_>>()),
            ("Pending operations", picture.operations.iter().map(operation).collect()),
            ("OVERLAPPEDs", picture.structures.iter().map(structure).collect()),
            ("Shared variables", picture.variables.iter().map(variable).collect()),
        ];
        all.extend(others.into_iter().filter(|(_, entries)| !entries.is_empty()));
        all
    }
}

/// A step of the log.
pub(super) struct LogRow {
    /// Its number, from 1.
    pub(super) number: usize,
    pub(super) action: String,
    /// The rule that decided it, if one did.
    pub(super) rule: Option<Rule>,
    pub(super) wrong: bool,
    /// Whether it has happened where we are.
    pub(super) past: bool,
    /// Whether it is the step that led here.
    pub(super) here: bool,
}

impl App {
    /// What there is to see, with about `rows` rows of the log.
    pub(super) fn view(&mut self, rows: usize) -> View {
        let log = self.log(rows);
        let scenario = self.session.scenario.title().to_owned();
        let (branches, length) = (self.session.branches.len(), self.len());
        let branch = &mut self.session.branches[self.branch];
        let at = self.at.min(length);
        let stepper = branch.stepper(at).clone();
        let mut picture = stepper.picture();
        let inside = self.part > 0;
        let taken = match inside {
            true => branch.step(at).cloned(),
            false => at.checked_sub(1).and_then(|before| branch.step(before)).cloned(),
        };
        let effects = taken.as_ref().map_or(0, |taken| taken.step.effects.len());
        let mut changed = vec![];
        if let (true, Some(taken)) = (inside, &taken) {
            picture.ports = micro_ports(&stepper, taken, self.part);
        } else if let Some(before) = at.checked_sub(1) {
            changed = changes(&branch.stepper(before).picture(), &picture);
        }
        let next = branch.step(at).map(|taken| taken.step.choice);
        let offers = stepper.offers().into_iter().map(|offer| {
            let goes_on = Some(offer.choice) == next;
            (offer, goes_on)
        });
        let from = at.saturating_sub(MOMENTS_MAX - 1);
        let moments: Vec<Vec<Doing>> =
            (from..=at).map(|moment| branch.doing(moment).to_vec()).collect();
        let lane = |lane: usize| moments.iter().map(|moment| moment[lane]).collect();
        let mut place = match branches {
            1 => String::new(),
            _ => format!("branch {} of {branches}, ", self.branch + 1),
        };
        place.push_str(&format!("step {at} of {length}"));
        if inside {
            place.push_str(&format!(", effect {} of {effects} of step {}", self.part, at + 1));
        }
        View {
            title: scenario,
            semantics: in_words(branch.program().semantics()),
            place,
            lanes: (0..picture.threads.len()).map(lane).collect(),
            log,
            filtered: !(self.filter.is_empty() && self.hide.is_empty()),
            shown: if inside { self.part } else { effects },
            taken,
            changes: changed,
            offers: offers.collect(),
            withheld: stepper.withheld(),
            ended: stepper.ended(),
            picture,
        }
    }

    /// The steps around the present one that both filters let through. While predicting, those to
    /// come stay hidden.
    fn log(&self, rows: usize) -> Vec<LogRow> {
        let branch = &self.session.branches[self.branch];
        let [filter, hide] = [&self.filter, &self.hide].map(|text| text.to_lowercase());
        let until = if self.predict { self.at } else { branch.len() };
        let row = |step: usize| {
            let taken = branch.step(step)?;
            let effects = &taken.step.effects;
            let rule = effects
                .iter()
                .find(|consequence| is_main(&consequence.effect))
                .or(effects.first())
                .map(|consequence| consequence.rule);
            let words = taken.step.action.to_lowercase();
            let has = |text: &str| {
                let says = |words: &str| words.to_lowercase().contains(text);
                words.contains(text)
                    || effects.iter().any(|c| says(&c.sentence) || says(c.rule.id()))
            };
            let shown = filter.is_empty() || has(&filter);
            let hidden = !hide.is_empty() && has(&hide);
            (shown && !hidden).then(|| LogRow {
                number: step + 1,
                action: taken.step.action.clone(),
                rule,
                wrong: !taken.broken.is_empty(),
                past: step < self.at,
                here: step + 1 == self.at,
            })
        };
        // Two thirds of the window for what has been.
        let wanted = rows.max(1);
        let mut past: Vec<LogRow> = (0..self.at).rev().filter_map(row).take(wanted).collect();
        let future: Vec<LogRow> = (self.at..until).filter_map(row).take(wanted).collect();
        let behind = (wanted * 2 / 3).max(wanted.saturating_sub(future.len()));
        past.truncate(behind.max(1));
        past.reverse();
        let room = wanted.saturating_sub(past.len());
        past.into_iter().chain(future.into_iter().take(room)).collect()
    }
}

/// Whether an effect is what its step is about.
pub(super) fn is_main(effect: &iocp_model::Effect) -> bool {
    iocp_viz::from_run::weight(effect) != iocp_viz::story::Weight::Detail
}

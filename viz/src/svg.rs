//! A story as one SVG: a lane a thread, an arrow for each release, light and dark.
//!
//! Time is the number of the step or virtual microseconds, at a fixed scale and with a fixed
//! font: a long run makes a wide picture, not a small one.

use std::fmt::Write;

use crate::escape::xml;
use crate::palette::{self, Role};
use crate::story::{Arrow, Clock, Doing, Lane, Span, Story};

const LANE_HEIGHT: u64 = 34;
const BAR_HEIGHT: u64 = 22;
const TOP: u64 = 64;
const NAME_WIDTH: u64 = 130;
const MARGIN: u64 = 16;
/// Pixels for one step where time is counted in steps.
const STEP_WIDTH: u64 = 56;
/// Pixels of a whole run in virtual time, and at most this many a microsecond.
const RUN_WIDTH: u64 = 960;
const MOMENT_WIDTH_MAX: u64 = 56;
/// Wider than this no viewer copes; the scale gives way.
const WIDTH_MAX: u64 = 60_000;
/// Pixels of one character of the 12 px monospaced font.
const CHARACTER_WIDTH: u64 = 7;
const STRING: &str = "a string takes all";

/// The picture.
pub fn svg(story: &Story) -> String {
    let scale = Scale::of(story);
    let width = NAME_WIDTH + scale.x(story.end()) + 2 * MARGIN;
    let width = width.max(NAME_WIDTH + legend_width() + 2 * MARGIN);
    let legend_y = TOP + story.lanes.len() as u64 * LANE_HEIGHT + 40;
    let height = legend_y + 40;
    let mut out = String::new();
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n\
         <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>{}</style>",
        xml(&story.title),
        xml(&description(story)),
        style()
    )
    .expect(STRING);
    out.push_str(PATTERNS);
    writeln!(out, "<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>").expect(STRING);
    label(&mut out, MARGIN, 24, "heading", &story.title);
    label(&mut out, MARGIN, 42, "small", &story.semantics);
    axis(&mut out, story, &scale);
    for (index, lane) in story.lanes.iter().enumerate() {
        draw_lane(&mut out, lane, index as u64, &scale);
    }
    for arrow in &story.arrows {
        draw_arrow(&mut out, arrow, &scale);
    }
    legend(&mut out, legend_y);
    out.push_str("</svg>\n");
    out
}

/// What the picture shows, in sentences.
fn description(story: &Story) -> String {
    let mut text = story.notice.join(" ");
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(&crate::gantt::sentences(story).replace('\n', " "));
    text.trim_end().to_owned()
}

/// Moments to pixels.
struct Scale {
    numerator: u64,
    denominator: u64,
}

impl Scale {
    fn of(story: &Story) -> Scale {
        let end = story.end();
        let wanted = match story.clock {
            Clock::Steps => end.saturating_mul(STEP_WIDTH),
            Clock::Microseconds => RUN_WIDTH.min(end.saturating_mul(MOMENT_WIDTH_MAX)),
        };
        Scale { numerator: wanted.min(WIDTH_MAX), denominator: end }
    }

    fn x(&self, moment: u64) -> u64 {
        let scaled = u128::from(moment) * u128::from(self.numerator) / u128::from(self.denominator);
        u64::try_from(scaled).unwrap_or(WIDTH_MAX)
    }
}

fn label(out: &mut String, x: u64, y: u64, class: &str, text: &str) {
    writeln!(out, "<text x=\"{x}\" y=\"{y}\" class=\"{class}\">{}</text>", xml(text))
        .expect(STRING);
}

fn axis(out: &mut String, story: &Story, scale: &Scale) {
    let left = NAME_WIDTH + MARGIN;
    let bottom = TOP + story.lanes.len() as u64 * LANE_HEIGHT;
    let end = story.end();
    let between = round_number(end.div_ceil((scale.x(end) / 80).max(1)));
    let mut moments: Vec<u64> =
        (0..).map_while(|mark| between.checked_mul(mark)).take_while(|m| *m < end).collect();
    moments.push(end);
    for moment in moments {
        let x = left + scale.x(moment);
        writeln!(out, "<path class=\"grid\" d=\"M{x} {TOP}V{}\"/>", bottom + 4).expect(STRING);
        label(out, x, bottom + 18, "small middle", &moment.to_string());
    }
    label(out, MARGIN, bottom + 18, "small", story.clock.unit());
}

/// The least of 1, 2, 5, 10, 20, 50, ... that is not less than `least`.
fn round_number(least: u64) -> u64 {
    let mut power: u64 = 1;
    loop {
        for factor in [1, 2, 5] {
            match power.checked_mul(factor) {
                Some(number) if number < least => {}
                Some(number) => return number,
                None => return least,
            }
        }
        power = match power.checked_mul(10) {
            Some(next) => next,
            None => return least,
        };
    }
}

fn draw_lane(out: &mut String, lane: &Lane, index: u64, scale: &Scale) {
    let top = TOP + index * LANE_HEIGHT;
    label(out, MARGIN, top + 21, "name", &lane.name);
    for span in lane.spans.iter().filter(|span| span.from < span.to) {
        draw_span(out, span, top + 6, scale);
    }
}

fn draw_span(out: &mut String, span: &Span, y: u64, scale: &Scale) {
    let x = NAME_WIDTH + MARGIN + scale.x(span.from);
    let width = (scale.x(span.to) - scale.x(span.from)).max(1);
    let role = palette::of(span.doing);
    let words = match span.label.as_str() {
        "" => span.doing.word().to_owned(),
        label => format!("{}: {label}", span.doing.word()),
    };
    write!(
        out,
        "<g class=\"{}\"><title>{} ({} to {})</title>\
         <rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BAR_HEIGHT}\"/>",
        role.class,
        xml(&words),
        span.from,
        span.to
    )
    .expect(STRING);
    second_cue(out, role, (x, y, width));
    let fits = span.label.chars().count() as u64 * CHARACTER_WIDTH + 8 <= width;
    if fits && !span.label.is_empty() {
        let (x, y) = (x + 4, y + 15);
        write!(out, "<text x=\"{x}\" y=\"{y}\">{}</text>", xml(&span.label)).expect(STRING);
    }
    out.push_str("</g>\n");
}

/// The line inside the bar that tells the role without colour.
fn second_cue(out: &mut String, role: Role, (x, y, width): (u64, u64, u64)) {
    if role.line == "double" && width > 8 {
        write!(
            out,
            "<rect class=\"inner\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            x + 3,
            y + 3,
            width - 6,
            BAR_HEIGHT - 6
        )
        .expect(STRING);
    }
}

fn draw_arrow(out: &mut String, arrow: &Arrow, scale: &Scale) {
    let Some(from_lane) = arrow.from_lane else { return };
    if from_lane == arrow.to_lane {
        return;
    }
    let middle = |lane: usize| TOP + lane as u64 * LANE_HEIGHT + LANE_HEIGHT / 2;
    let left = NAME_WIDTH + MARGIN;
    let (x1, x2) = (left + scale.x(arrow.from), left + scale.x(arrow.to));
    let down = arrow.to_lane > from_lane;
    let half = BAR_HEIGHT / 2;
    let (y1, y2) = (middle(from_lane), middle(arrow.to_lane));
    let (y1, y2) = if down { (y1 + half, y2 - half) } else { (y1 - half, y2 + half) };
    writeln!(
        out,
        "<path class=\"arrow\" d=\"M{x1} {y1}L{x2} {y2}\" marker-end=\"url(#head)\">\
         <title>{}</title></path>",
        xml(&arrow.label)
    )
    .expect(STRING);
}

fn legend_width() -> u64 {
    let characters: usize = Doing::ALL.iter().map(|doing| doing.word().len()).sum();
    characters as u64 * CHARACTER_WIDTH + Doing::ALL.len() as u64 * 48
}

fn legend(out: &mut String, y: u64) {
    let mut x = MARGIN + NAME_WIDTH;
    for doing in Doing::ALL {
        let role = palette::of(doing);
        write!(
            out,
            "<g class=\"{}\"><rect x=\"{x}\" y=\"{y}\" width=\"24\" height=\"16\"/>",
            role.class
        )
        .expect(STRING);
        if role.line == "double" {
            write!(
                out,
                "<rect class=\"inner\" x=\"{}\" y=\"{}\" width=\"18\" height=\"10\"/>",
                x + 3,
                y + 3
            )
            .expect(STRING);
        }
        out.push_str("</g>\n");
        label(out, x + 30, y + 13, "small", doing.word());
        x += 48 + doing.word().len() as u64 * CHARACTER_WIDTH;
    }
}

const PATTERNS: &str = "\
<defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" \
markerHeight=\"7\" orient=\"auto\"><path class=\"point\" d=\"M0 0L8 4L0 8z\"/></marker></defs>
";

/// Light by default, dark where the reader's system is.
fn style() -> String {
    let mut out = String::from(
        "text{font:12px 'DejaVu Sans Mono',Menlo,Consolas,monospace}\
         .heading{font-size:16px;font-weight:bold}.small{font-size:11px}.middle{text-anchor:middle}\
         .grid{stroke-width:1;opacity:.25}.arrow{fill:none;stroke-width:1.5}\
         g rect{stroke-width:2}.waiting rect{stroke-dasharray:5 3}\
         .spinning rect{stroke-dasharray:1 3}.exited rect{stroke:none;fill:none}\
         .inner{fill:none!important}",
    );
    colours(&mut out, |role| role.light);
    out.push_str("@media(prefers-color-scheme:dark){");
    colours(&mut out, |role| role.dark);
    out.push('}');
    out
}

fn colours(out: &mut String, ink: impl Fn(Role) -> palette::Ink) {
    let page = ink(palette::PAGE);
    write!(
        out,
        ".page{{fill:{}}}text{{fill:{}}}.grid,.arrow{{stroke:{}}}.point{{fill:{}}}",
        page.fill, page.text, page.text, page.text
    )
    .expect(STRING);
    for doing in Doing::ALL.into_iter().filter(|doing| *doing != Doing::Exited) {
        let role = palette::of(doing);
        let Bar { fill, text, line } = Bar::of(ink(role), page);
        let class = role.class;
        write!(out, ".{class} rect{{fill:{fill};stroke:{line}}}.{class} text{{fill:{text}}}")
            .expect(STRING);
    }
}

/// Fill, text and outline of a bar.
struct Bar {
    fill: &'static str,
    text: &'static str,
    line: &'static str,
}

impl Bar {
    /// A hollow bar is outlined in its text colour, a filled one in the page's.
    fn of(ink: palette::Ink, page: palette::Ink) -> Bar {
        let line = if ink.fill == page.fill { ink.text } else { page.text };
        Bar { fill: ink.fill, text: ink.text, line }
    }
}

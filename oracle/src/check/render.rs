//! A report in words, for people.

use std::fmt::{self, Write};

use super::report::{Diagnosis, Divergence, Report, Verdict};

impl Report {
    /// The report as text; `name` is what the trace is called.
    ///
    /// A divergence is told as a proof: who is who, what follows by which rule, and what
    /// contradicts it; then the lines it rests on.
    pub fn render(&self, name: &str) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut out, name);
        out
    }

    fn write(&self, out: &mut String, name: &str) -> fmt::Result {
        let word = match self.verdict {
            Verdict::Conforms => "PASS",
            Verdict::Diverges => "FAIL",
            Verdict::Inconclusive => "OPEN",
            Verdict::NothingChecked => "NONE",
        };
        write!(out, "{word} {name}   {} of {} events explained", self.explained, self.events)?;
        if let Some(rule) = &self.rule {
            write!(out, "   rule {rule}")?;
        }
        match self.assumptions.len() {
            0 => {}
            1 => write!(out, "   under 1 assumption")?,
            n => write!(out, "   under {n} assumptions")?,
        }
        writeln!(out, "   ({})", self.semantics)?;
        for divergence in &self.divergences {
            write_divergence(out, name, divergence)?;
        }
        if let Some(doubt) = &self.doubt {
            writeln!(out, "  = inconclusive: {doubt}")?;
        }
        self.write_diagnosis(out)?;
        for assumption in &self.assumptions {
            writeln!(out, "  = assumed ({}): {}", assumption.name(), assumption.sentence())?;
        }
        if self.events > 0 {
            let (some, all) =
                (self.exercised.len(), self.exercised.len() + self.never_exercised.len());
            writeln!(out, "  = rules exercised: {some} of {all}")?;
        }
        Ok(())
    }

    fn write_diagnosis(&self, out: &mut String) -> fmt::Result {
        if self.verdict != Verdict::Diverges {
            return Ok(());
        }
        match &self.deviations[..] {
            [] if self.diagnosis == Diagnosis::Complete => {
                writeln!(out, "  = no small set of known deviations allows the whole trace")?;
            }
            [] => {}
            sets => {
                let sets: Vec<String> = sets.iter().map(|set| set.join(" and ")).collect();
                writeln!(out, "  = allowed if {}", sets.join(", or if "))?;
            }
        }
        if self.diagnosis == Diagnosis::Unfinished {
            writeln!(out, "  = the search for deviations was not finished: the budget was spent")?;
        }
        Ok(())
    }
}

fn write_divergence(out: &mut String, name: &str, d: &Divergence) -> fmt::Result {
    writeln!(out)?;
    let list = |out: &mut String, word: &str, items: &[String]| -> fmt::Result {
        for (n, item) in items.iter().enumerate() {
            let word = if n == 0 { word } else { "" };
            writeln!(out, "  {word:<5} {item}")?;
        }
        Ok(())
    };
    list(out, "Let", &d.story.lets)?;
    list(out, "Then", &d.story.thens)?;
    if !d.story.however.is_empty() {
        writeln!(out, "        {}", d.story.however)?;
    }
    writeln!(out)?;
    writeln!(out, " --> {name}:{}", d.line)?;
    let width = d.excerpts.iter().map(|e| e.line.to_string().len()).max().unwrap_or(1);
    writeln!(out, "{:width$} |", "")?;
    for excerpt in &d.excerpts {
        writeln!(out, "{:>width$} | {}", excerpt.line, excerpt.text)?;
        if !excerpt.note.is_empty() {
            writeln!(out, "{:width$} |   {}", "", excerpt.note)?;
        }
    }
    if let Some(rule) = &d.rule {
        writeln!(out, "  = rule {rule}: {}", d.sentence)?;
        writeln!(out, "  = source: {}", d.source)?;
    }
    if !d.allowed.is_empty() {
        let shown: Vec<&str> = d.allowed.iter().take(6).map(String::as_str).collect();
        let more = d.allowed.len() - shown.len();
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        writeln!(out, "  = at this point the model allows: {}{more}", shown.join("; "))?;
    }
    Ok(())
}

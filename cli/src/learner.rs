//! What a learner has done: one small file, read whole and written whole.
//!
//! Owns where it lies, its format, and what happens to one that cannot be read. Knows nothing of
//! what a lesson is.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::save::save;
use crate::terminal::Terminal;

/// The version of the format.
const VERSION: u32 = 1;
/// More than a learner can do.
const BYTES_MAX: u64 = 1 << 20;

/// The format as a JSON Schema.
pub(crate) fn schema() -> Value {
    let count = || json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
    let done = json!({
        "type": "object",
        "properties": {
            "answered": {
                "type": "integer", "minimum": 1, "description": "the first answer given, from 1"
            },
            "right": { "type": "boolean", "description": "whether that was right" },
            "solved": { "type": "boolean", "description": "whether the exercise is solved" },
            "attempts": count()
        }
    });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Progress of a learner",
        "description": "What `iocp learn` remembers; unknown members are kept",
        "type": "object",
        "properties": {
            "version": { "const": VERSION },
            "lessons": {
                "description": "by the name of the lesson",
                "type": "object",
                "additionalProperties": done
            }
        },
        "required": ["version"]
    })
}

/// What has been done.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    version: u32,
    /// By the name of the lesson.
    #[serde(default)]
    pub(crate) lessons: BTreeMap<String, Done>,
    /// What a later edition has written.
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

/// What has been done of a lesson.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Done {
    /// The first answer, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answered: Option<usize>,
    /// Whether that was right.
    #[serde(default)]
    pub(crate) right: bool,
    /// Whether the exercise is solved.
    #[serde(default)]
    pub(crate) solved: bool,
    /// How often an exercise was handed in.
    #[serde(default)]
    pub(crate) attempts: u32,
}

impl Default for Record {
    fn default() -> Record {
        Record { version: VERSION, lessons: BTreeMap::new(), other: BTreeMap::new() }
    }
}

/// A record and the file it lies in.
pub(crate) struct Learner {
    /// Nowhere, if nobody knows where: then nothing is saved.
    path: Option<PathBuf>,
    record: Record,
}

impl Learner {
    /// Reads the record at `chosen`, or where the system keeps such things.
    ///
    /// One that cannot be understood is set aside and said; one of a later edition is left alone.
    pub(crate) fn open(chosen: Option<&Path>, terminal: &Terminal) -> Result<Learner, Failure> {
        let path = chosen.map(Path::to_path_buf).or_else(|| usual(|name| env::var_os(name)));
        let Some(path) = path else {
            terminal.warn("there is no place for your progress (no HOME), so it is not saved");
            return Ok(Learner { path: None, record: Record::default() });
        };
        let record = read(&path, terminal)?;
        Ok(Learner { path: Some(path), record })
    }

    /// The same for a look: nothing is said, set aside or saved.
    pub(crate) fn glance(chosen: Option<&Path>) -> Learner {
        let path = chosen.map(Path::to_path_buf).or_else(|| usual(|name| env::var_os(name)));
        let record = path.and_then(|path| parse(&path).ok().flatten()).unwrap_or_default();
        Learner { path: None, record }
    }

    /// What has been done of a lesson.
    pub(crate) fn of(&self, lesson: &str) -> Done {
        self.record.lessons.get(lesson).cloned().unwrap_or_default()
    }

    /// Where it is saved.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Changes what has been done of a lesson, and saves it. Not being able to is no reason to stop
    /// learning.
    pub(crate) fn note(
        &mut self,
        lesson: &str,
        terminal: &Terminal,
        change: impl FnOnce(&mut Done),
    ) {
        // Somebody else may have saved meanwhile: only this lesson is ours.
        if let Some(path) = &self.path
            && let Ok(Some(fresh)) = parse(path)
        {
            self.record = fresh;
        }
        change(self.record.lessons.entry(lesson.to_owned()).or_default());
        let Some(path) = &self.path else { return };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let made = folder.map_or(Ok(()), fs::create_dir_all);
        let text = serde_json::to_string_pretty(&self.record).expect("string keys") + "\n";
        let saved = match made {
            Ok(()) => save(path, text.as_bytes()).map_err(|failure| failure.message),
            Err(error) => Err(format!("cannot make the folder of {}: {error}", path.display())),
        };
        if let Err(why) = saved {
            terminal.warn(&format!("your progress is not saved: {why}"));
            self.path = None;
        }
    }
}

/// Where programs keep what they remember, by the rules of the system.
fn usual(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Option<PathBuf> {
    let folder = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else {
        folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local").join("state")))
    };
    Some(state?.join("iocp").join("progress.json"))
}

/// `None` if it cannot be understood.
fn parse(path: &Path) -> std::io::Result<Option<Record>> {
    if fs::metadata(path)?.len() > BYTES_MAX {
        return Ok(None);
    }
    Ok(serde_json::from_slice(&fs::read(path)?).ok())
}

fn read(path: &Path, terminal: &Terminal) -> Result<Record, Failure> {
    let cannot = |why: String| {
        Failure::bad_input(format!("cannot read your progress {}: {why}", path.display()))
            .help("`--progress FILE` names another file")
    };
    if path.is_dir() {
        return Err(cannot("it is a folder".to_owned()));
    }
    match parse(path) {
        Ok(Some(record)) if record.version > VERSION => {
            Err(cannot("a later version of iocp has written it".to_owned()))
        }
        Ok(Some(record)) => Ok(record),
        Ok(None) => {
            let aside = set_aside(path).map_err(|error| cannot(error.to_string()))?;
            terminal.warn(&format!(
                "{} is damaged; it is now {}, and you begin anew",
                path.display(),
                aside.display()
            ));
            Ok(Record::default())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Record::default()),
        Err(error) => Err(cannot(error.to_string())),
    }
}

/// Gives a file a name that nothing else has.
fn set_aside(path: &Path) -> std::io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let free = (1..1000)
        .map(|number| path.with_file_name(format!("{name}.damaged-{number}")))
        .find(|candidate| fs::symlink_metadata(candidate).is_err());
    let aside = free.ok_or_else(|| std::io::Error::other("too many damaged files beside it"))?;
    fs::rename(path, &aside)?;
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    #[test]
    fn the_usual_place_follows_the_system() {
        let with = |set: &'static [(&str, &str)]| {
            usual(move |name| {
                set.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value))
            })
        };
        if cfg!(windows) {
            return;
        }
        let path = |text: &str| Some(PathBuf::from(text));
        assert_eq!(with(&[("HOME", "/h")]), path("/h/.local/state/iocp/progress.json"));
        assert_eq!(
            with(&[("HOME", "/h"), ("XDG_STATE_HOME", "/s")]),
            path("/s/iocp/progress.json")
        );
        // The XDG rules: a path that is not absolute is to be ignored.
        assert_eq!(
            with(&[("HOME", "/h"), ("XDG_STATE_HOME", "s")]),
            path("/h/.local/state/iocp/progress.json")
        );
        assert_eq!(with(&[]), None);
    }

    #[test]
    fn what_a_later_edition_adds_is_kept() {
        let text = r#"{"version": 1, "lessons": {}, "streak": 3}"#;
        let record: Record = serde_json::from_str(text).expect("it reads");
        let again = serde_json::to_value(&record).expect("string keys");
        assert_eq!(again["streak"], 3);
    }
}

//! Names for handles. The harness never sees a handle value.

use std::collections::BTreeMap;

/// The handles a case has opened.
#[derive(Default)]
pub struct Names {
    by_name: BTreeMap<String, usize>,
    /// The names in the order in which they were given, the newest last: a handle value that is
    /// used again goes by its newest name.
    given: Vec<String>,
    /// Names that are sockets: those are closed with `closesocket`.
    sockets: Vec<usize>,
    /// Processes that were started, to be ended at the reset.
    processes: Vec<usize>,
}

impl Names {
    /// The handle of a name. `NULL`, `-1` and `-2` are the handles they look like.
    pub fn get(&self, name: &str) -> Option<usize> {
        match name {
            "NULL" => Some(0),
            "-1" => Some(usize::MAX),
            "-2" => Some(usize::MAX - 1),
            _ => self.by_name.get(name).copied(),
        }
    }

    /// Gives a handle a name. A later handle of that name replaces it.
    pub fn bind(&mut self, name: &str, handle: usize) {
        self.by_name.insert(name.to_owned(), handle);
        self.given.retain(|known| known != name);
        self.given.push(name.to_owned());
    }

    /// The name of a handle value; the value itself if it has none.
    pub fn name(&self, handle: usize) -> String {
        match handle {
            0 => "NULL".to_owned(),
            usize::MAX => "-1".to_owned(),
            _ => self
                .given
                .iter()
                .rev()
                .find(|name| self.by_name.get(*name) == Some(&handle))
                .map_or_else(|| format!("0x{handle:x}"), String::clone),
        }
    }

    /// Remembers that a handle is a socket.
    pub fn mark_socket(&mut self, handle: usize) {
        self.sockets.push(handle);
    }

    /// Whether a handle was opened as a socket.
    pub fn is_socket(&self, handle: usize) -> bool {
        self.sockets.contains(&handle)
    }

    /// Remembers a process to end at the reset.
    pub fn mark_process(&mut self, handle: usize) {
        self.processes.push(handle);
    }

    /// All handles but those of the named threads (`@NAME`), and the processes among them.
    pub fn drain(&mut self) -> (Vec<usize>, Vec<usize>) {
        let by_name = std::mem::take(&mut self.by_name);
        self.given.clear();
        let mut handles: Vec<usize> = by_name
            .into_iter()
            .filter(|(name, _)| !name.starts_with('@'))
            .map(|(_, handle)| handle)
            .collect();
        handles.sort_unstable();
        handles.dedup();
        self.sockets.clear();
        (handles, std::mem::take(&mut self.processes))
    }
}

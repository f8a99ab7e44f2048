//! What went into the ports and what came out.

use crate::support::*;

/// Packets as the programs see them: what they put in, and what their calls gave back.
#[derive(Default, Debug)]
pub(crate) struct Ledger {
    pub(crate) posted: usize,
    pub(crate) completed: usize,
    pub(crate) delivered: usize,
    pub(crate) discarded: usize,
}

impl Ledger {
    /// Conservation: no packet is lost and none comes out of nothing.
    pub(crate) fn balances(&self, kernel: &Kernel) -> bool {
        let queued: usize = kernel.ports().iter().map(|(_, p)| p.packets.len()).sum();
        self.posted + self.completed == self.delivered + queued + self.discarded
    }

    pub(crate) fn count(&mut self, action: &Action, effects: &[(Rule, Effect)]) {
        let is_post =
            matches!(action, Action::Call { call: Call::PostQueuedCompletionStatus { .. }, .. });
        for (rule, effect) in effects {
            match effect {
                Effect::Returned { result, .. } => match &result.out {
                    Out::Packet { key: Some(_), .. } | Out::Removed(_) => self.delivered += 1,
                    Out::Entries { entries, .. } => self.delivered += entries.len(),
                    _ if is_post && result.value == Value::Bool(true) => self.posted += 1,
                    _ => {}
                },
                Effect::Discarded { .. } => self.discarded += 1,
                // A completion made a packet: it was queued, or it was handed over unqueued.
                Effect::Queued { packet, .. } => self.completed += from_io(packet),
                Effect::Released { packet, .. }
                    if *rule != Rule::BlockReleasesSlot
                        && *rule != Rule::LeavingPortReleases
                        && *rule != Rule::ExitReleasesSlot =>
                {
                    self.completed += from_io(packet)
                }
                _ => {}
            }
        }
    }
}

fn from_io(packet: &Packet) -> usize {
    usize::from(matches!(packet.origin, Origin::Completion | Origin::CompletionDeferred(_)))
}

//! Associating a file with a port, replacing that, and the notification modes (semantics.md B4,
//! B5).

use crate::effect::{Effect, Observer};
use crate::ids::{FileId, Object, PortId};
use crate::io::file::{Association, SKIP_SET_EVENT_ON_HANDLE};
use crate::machine::Machine;
use crate::rules::Rule;
use crate::semantics::Deviation;
use crate::status::NtStatus;

impl<O: Observer> Machine<'_, O> {
    /// `FileCompletionInformation`: one port for each file object, for as long as it is open.
    pub(crate) fn associate(&mut self, file: FileId, port: PortId, key: u64) -> NtStatus {
        let f = &self.k.files[file];
        if !f.overlapped {
            return self.refuse(Rule::AssociateNeedsOverlapped, NtStatus::INVALID_PARAMETER);
        }
        if f.association.is_some() {
            return self.refuse(Rule::AssociateOnce, NtStatus::INVALID_PARAMETER);
        }
        if let Err(status) = self.allocate(Rule::PortMayFail) {
            return status;
        }
        self.k.files[file].association = Some(Association { port, key });
        self.emit(Rule::AssociateOnce, Effect::Associated { file, port, key });
        self.information_set(file);
        NtStatus::SUCCESS
    }

    /// `FileReplaceCompletionInformation` (8.1 and later): another port, or none.
    pub(crate) fn replace_association(
        &mut self,
        file: FileId,
        association: Option<Association>,
    ) -> NtStatus {
        let pending = self.k.irps.iter().any(|(_, irp)| irp.request.file == file)
            && !self.deviates(Deviation::ReplacePending);
        if !self.k.files[file].overlapped || pending {
            // D9: which status is not known.
            return self.refuse(Rule::ReplaceAssociation, NtStatus::INVALID_PARAMETER);
        }
        let old = std::mem::replace(&mut self.k.files[file].association, association);
        if let Some(Association { port, .. }) = old {
            self.emit(Rule::ReplaceAssociation, Effect::Dissociated { file, port });
        }
        if let Some(Association { port, key }) = association {
            self.emit(Rule::ReplaceAssociation, Effect::Associated { file, port, key });
        }
        NtStatus::SUCCESS
    }

    /// Setting information is an operation on the file too, and ends by setting the file's event
    /// (F08, F09).
    fn information_set(&mut self, file: FileId) {
        if self.k.files[file].has_mode(SKIP_SET_EVENT_ON_HANDLE) {
            let object = Object::File(file);
            self.emit(Rule::SkipSetEvent, Effect::StaysUnsignaled { object });
        } else if !self.deviates(Deviation::AssociationLeavesSignal) {
            self.signal_file(Rule::AssociateSignalsFile, file);
        }
    }

    /// Adds notification modes; none is ever taken away, unknown bits are accepted.
    pub(crate) fn add_modes(&mut self, file: FileId, flags: u32) -> NtStatus {
        if !self.k.files[file].overlapped {
            return self.invalid_parameter();
        }
        let f = &mut self.k.files[file];
        f.modes |= (flags & 0x7) as u8;
        let modes = f.modes;
        self.emit(Rule::ModesAccumulate, Effect::ModesSet { file, modes });
        if modes & SKIP_SET_EVENT_ON_HANDLE != 0 {
            self.unsignal_file(Rule::SkipSetEvent, file);
        }
        NtStatus::SUCCESS
    }
}

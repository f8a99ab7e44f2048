//! When a packet is queued: the completion matrix of facts.md 1G, cell by cell. A test driver
//! marks a request pending or not (P), completes it inside the call with status S and
//! information 3, and returns R.

use crate::io_stage::*;

/// The values that R and S range over.
const STATUSES: [u32; 9] =
    [0, 0x103, 0x102, 0x0ead_beef, 0x4ead_beef, 0x8000_0005, 0x8ead_beef, 0xC000_0002, 0xCEAD_BEEF];

/// The versions in which a packet is queued.
#[derive(Clone, Copy, Debug)]
enum Packets {
    Always,
    Never,
    SinceWin8,
}
use Packets::{Always, Never, SinceWin8};

/// One row: what each P and severity of S brings about.
struct Row {
    pended: bool,
    severity: Severity,
    /// With the port and an APC context.
    packet: Packets,
    /// The same with FILE_SKIP_COMPLETION_PORT_ON_SUCCESS.
    packet_in_skip_mode: Packets,
    /// The status block is written, and the event set, or without one the file.
    told: bool,
    /// The APC is queued, where there is a routine and no port.
    apc: bool,
    /// On a handle that is not overlapped: the status block is written.
    written_synchronous: bool,
}

const fn row(
    (pended, severity): (bool, Severity),
    [packet, packet_in_skip_mode]: [Packets; 2],
    [told, apc, written_synchronous]: [bool; 3],
) -> Row {
    Row { pended, severity, packet, packet_in_skip_mode, told, apc, written_synchronous }
}

#[rustfmt::skip]
const MATRIX: [Row; 8] = [
    //   P      severity of S             packet  in skip mode  told   APC    written, synchronous
    row((false, Severity::Success),       [Always, Never],     [true,  true,  true]),
    row((false, Severity::Informational), [Always, Never],     [true,  true,  true]),
    row((false, Severity::Warning),       [Always, SinceWin8], [true,  true,  true]),
    row((false, Severity::Error),         [Never,  Never],     [false, false, false]),
    row((true,  Severity::Success),       [Always, Always],    [true,  true,  true]),
    row((true,  Severity::Informational), [Always, Always],    [true,  true,  true]),
    row((true,  Severity::Warning),       [Always, Always],    [true,  true,  true]),
    row((true,  Severity::Error),         [Always, Always],    [true,  true,  false]),
];

const CONTEXT: u64 = 456;

/// Every (R, P, S) that does not hang a kernel, with its row.
fn cells() -> impl Iterator<Item = (u32, u32, &'static Row)> {
    let of = |row: &'static Row| {
        let s = STATUSES.into_iter().filter(|s| NtStatus(*s).severity() == row.severity);
        s.flat_map(move |s| STATUSES.into_iter().map(move |r| (r, s, row)))
    };
    MATRIX.iter().flat_map(of).filter(|(r, _, row)| row.pended || *r != 0x103)
}

fn queues(packets: Packets, profile: Profile) -> bool {
    match packets {
        Always => true,
        Never => false,
        SinceWin8 => profile >= Profile::Win8,
    }
}

fn exact(r: u32, s: u32, row: &Row) -> Reply {
    let (returned, status) = (NtStatus(r), NtStatus(s));
    Reply::Exact { returned, marked_pending: row.pended, status, information: 3 }
}

/// A device that is signaled, an event that is signaled: what the operation resets.
fn signaled_device(io: &mut Io, synchronous: bool) -> [Handle; 2] {
    let device = match synchronous {
        true => io.open_synchronous(FileKind::Device),
        false => io.open(FileKind::Device),
    };
    let made = io.io(ends(0, 0, native(IoOp::NtReadFile, device, Handle::NULL, None)));
    assert_eq!(made, status(NtStatus::SUCCESS));
    assert!(io.signaled(device));
    let event = io.event();
    io.call(Call::SetEvent { event });
    [device, event]
}

const BEFORE: Option<(u32, u64)> = Some((0, 0));

#[test]
fn the_completion_matrix_on_an_overlapped_handle() {
    facts(&["G01", "G02", "G03", "G04", "G05", "G06", "G07", "G08", "G09", "G10", "G11", "G14"]);
    let mut cells_seen = 0;
    for profile in Profile::ALL {
        for (r, s, row) in cells() {
            for case in 0..16 {
                let [with_event, with_context, skip, tied] =
                    [1, 2, 4, 8].map(|bit| case & bit != 0);
                if skip && profile == Profile::Xp {
                    continue;
                }
                overlapped_cell(profile, (r, s, row), [with_event, with_context, skip, tied]);
                cells_seen += 1;
            }
        }
    }
    // R: 9, S: 9, P: 2, less (R = 0x103, P = 0): 153. XP has no skip mode: 8 cases of 16.
    assert_eq!(cells_seen, 153 * (6 * 16 + 8));
}

fn overlapped_cell(
    profile: Profile,
    (r, s, row): (u32, u32, &Row),
    [with_event, with_context, skip, tied]: [bool; 4],
) {
    let mut io = Io::new(profile);
    let [device, event] = signaled_device(&mut io, false);
    if tied {
        io.bind(device, 123);
    }
    if skip {
        io.modes(device, 1);
    }
    let call = IoCall {
        notify: Notify::Native {
            event: if with_event { event } else { Handle::NULL },
            routine: None,
            context: if with_context { CONTEXT } else { 0 },
            status_block: OV,
        },
        reply: exact(r, s, row),
        ..op(IoOp::NtDeviceIoControlFile, device)
    };
    let cell = format!("{profile} R={r:x} S={s:x} P={} {call:?} skip={skip}", row.pended);
    assert_eq!(io.io(call), status(NtStatus(r)), "{cell}");
    let block = if row.told { Some((s, 3)) } else { BEFORE };
    assert_eq!(io.block(), block, "the status block, before any packet is removed: {cell}");
    assert_eq!(io.signaled(device), row.told && !with_event, "the file: {cell}");
    assert_eq!(io.signaled(event), row.told || !with_event, "the event: {cell}");
    let packets = if skip { row.packet_in_skip_mode } else { row.packet };
    let expected =
        (tied && with_context && queues(packets, profile)).then_some((123, CONTEXT, s, 3));
    assert_eq!(io.take(), expected, "{cell}");
    assert_eq!(io.take(), None, "one packet at most: {cell}");
}

#[test]
fn the_completion_matrix_with_an_apc_routine() {
    facts(&["G13", "F05"]);
    for profile in Profile::ALL {
        for (r, s, row) in cells() {
            let mut io = Io::new(profile);
            let [device, _] = signaled_device(&mut io, false);
            let call = native(IoOp::NtDeviceIoControlFile, device, Handle::NULL, Some(7));
            let call = IoCall { reply: exact(r, s, row), ..call };
            assert_eq!(io.io(call), status(NtStatus(r)));
            assert_eq!(io.block(), if row.told { Some((s, 3)) } else { BEFORE });
            assert_eq!(io.signaled(device), row.told);
            assert!(io.routines_run().is_empty(), "not before an alertable wait");
            io.alert();
            assert_eq!(io.routines_run(), if row.apc { vec![7] } else { vec![] });
            // The same on an associated file is refused before it starts.
            io.bind(device, 123);
            let refused = io.refused(Call::Io(call));
            assert_eq!(refused, status(NtStatus::INVALID_PARAMETER));
        }
    }
}

#[test]
fn the_completion_matrix_on_a_handle_that_is_not_overlapped() {
    facts(&["G12"]);
    for profile in Profile::ALL {
        for (r, s, row) in cells() {
            for with_event in [false, true] {
                let mut io = Io::new(profile);
                let [device, event] = signaled_device(&mut io, true);
                let given = if with_event { event } else { Handle::NULL };
                let call = native(IoOp::NtDeviceIoControlFile, device, given, None);
                let call = IoCall { reply: exact(r, s, row), ..call };
                // It waits for what says it is pending, and returns how that ended.
                let returned = if r == 0x103 { s } else { r };
                assert_eq!(io.io(call), status(NtStatus(returned)));
                let block = if row.written_synchronous { Some((s, 3)) } else { BEFORE };
                assert_eq!(io.block(), block, "R={r:x} S={s:x} P={}", row.pended);
                assert_eq!(io.depth(), 0);
                let event_set = !with_event || row.written_synchronous;
                assert_eq!(io.signaled(event), event_set, "R={r:x} S={s:x}");
                assert!(row.told == io.signaled(device), "R={r:x} S={s:x} P={}", row.pended);
            }
        }
    }
}

/// What DeviceIoControl says to each R: the value, and the last error where it is set.
const WIN32: [(u32, bool, Option<u32>); 9] = [
    (0, true, None),
    (0x103, false, Some(997)),
    (0x102, true, None),
    (0x0ead_beef, true, None),
    (0x4ead_beef, true, None),
    (0x8000_0005, false, Some(234)),
    (0x8ead_beef, false, Some(317)),
    (0xC000_0002, false, Some(1)),
    (0xCEAD_BEEF, false, Some(317)),
];

#[test]
fn the_completion_matrix_as_win32_tells_it() {
    facts(&["G04", "G12"]);
    for (r, s, row) in cells() {
        for synchronous in [false, true] {
            let mut io = Io::new(Profile::Win11);
            let [device, _] = signaled_device(&mut io, synchronous);
            let reply = exact(r, s, row);
            let call = IoCall { reply, ..op(IoOp::DeviceIoControl, device) };
            let result = io.io(call).expect("it returns");
            let waited = synchronous && r == 0x103;
            let expected = match if waited { s } else { r } {
                // Waited for, a final STATUS_PENDING is the success that its severity says.
                0x103 if waited => (true, None),
                told => WIN32.iter().find(|w| w.0 == told).map(|w| (w.1, w.2)).expect("listed"),
            };
            let got = (result.value, result.last_error);
            assert_eq!(got, (Value::Bool(expected.0), expected.1), "R={r:x} S={s:x}");
            let untouched = NtStatus(if waited { s } else { r }).is_error();
            let pends = r == 0x103 && !waited;
            assert_eq!(result.out == Out::Nothing, untouched || pends, "the byte count");
        }
    }
}

/// The one cell that hangs a kernel is not modelled, and says so.
#[test]
fn a_driver_that_says_pending_without_marking_it_is_refused() {
    let mut io = Io::new(Profile::Win11);
    let device = io.bound(FileKind::Device, 1);
    let (returned, status) = (NtStatus::PENDING, NtStatus::SUCCESS);
    let reply = Reply::Exact { returned, marked_pending: false, status, information: 0 };
    let call = Call::Io(IoCall { reply, ..op(IoOp::DeviceIoControl, device) });
    let action = Action::Call { thread: io.t, call };
    assert!(matches!(io.w.kernel.step(action), Err(Refusal::NotModelled(_))));
}

/// Operations that really pend, and end in a later action.
#[test]
fn the_completion_matrix_of_operations_that_end_later() {
    facts(&["G03", "G05", "G07", "G08"]);
    for profile in Profile::ALL {
        for s in STATUSES.into_iter().filter(|s| *s != 0x103) {
            for case in 0..16 {
                let [with_event, with_context, skip, tied] =
                    [1, 2, 4, 8].map(|bit| case & bit != 0);
                if skip && profile == Profile::Xp {
                    continue;
                }
                later_cell(profile, s, [with_event, with_context, skip, tied]);
            }
        }
    }
}

fn later_cell(profile: Profile, s: u32, [with_event, with_context, skip, tied]: [bool; 4]) {
    let mut io = Io::new(profile);
    let [device, event] = signaled_device(&mut io, false);
    if skip {
        io.modes(device, 1);
    }
    let notify = Notify::Native {
        event: if with_event { event } else { Handle::NULL },
        routine: None,
        context: if with_context { OV.0 } else { 0 },
        status_block: OV,
    };
    let call = IoCall { notify, ..pends(op(IoOp::NtDeviceIoControlFile, device)) };
    assert_eq!(io.io(call), status(NtStatus::PENDING));
    assert_eq!(io.block(), BEFORE, "a native call writes nothing when it pends");
    if tied {
        io.bind(device, 123); // Associated after it was issued: that is early enough (F03).
    }
    io.call(Call::ResetEvent { event });
    io.complete(s, 3);
    assert_eq!(io.signaled(event), with_event);
    let packet = tied && with_context;
    // D7, a switch: without an event the status block waits for the packet to be removed.
    let deferred = packet && !with_event && profile >= Profile::Vista;
    assert_eq!(
        io.block(),
        if deferred { BEFORE } else { Some((s, 3)) },
        "{profile} {s:x} {case:?}",
        case = (with_event, with_context, skip, tied)
    );
    assert_eq!(io.take(), packet.then_some((123, OV.0, s, 3)));
    assert_eq!(io.block(), Some((s, 3)));
    assert_eq!(io.take(), None);
}

/// On a handle that is not overlapped the issuer waits until the driver is done.
#[test]
fn a_synchronous_operation_that_pends_keeps_its_issuer_inside_the_call() {
    facts(&["G12"]);
    for s in STATUSES.into_iter().filter(|s| *s != 0x103) {
        let mut io = Io::new(Profile::Win11);
        let [device, _] = signaled_device(&mut io, true);
        let call = pends(native(IoOp::NtReadFile, device, Handle::NULL, None));
        assert_eq!(io.io(call), WAITS);
        io.complete(s, 3);
        assert_eq!(io.w.returned(io.t), status(NtStatus(s)));
        assert_eq!(io.block(), if NtStatus(s).is_error() { BEFORE } else { Some((s, 3)) });
    }
}

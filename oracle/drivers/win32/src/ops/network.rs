//! Sockets on the loopback address, and what a peer outside the model does to them.

use super::io::{announce, completed, length};
use super::{Failure, Made, Opens, boolean, job, opening};
use crate::args::Args;
use crate::native::Native;
use crate::out::{Field, Out};
use std::ffi::c_void;
use windows_sys::Win32::Networking::WinSock::{
    AF_INET, INVALID_SOCKET, LINGER, SD_BOTH, SIO_GET_EXTENSION_FUNCTION_POINTER, SO_LINGER,
    SOCK_DGRAM, SOCK_STREAM, SOCKADDR, SOCKADDR_IN, SOCKET, SOL_SOCKET, WSABUF, WSADATA, WSAIoctl,
    WSARecv, WSASend, WSASocketW, WSAStartup, accept, bind, closesocket, connect, getsockname,
    listen, send, sendto, setsockopt, shutdown,
};
use windows_sys::Win32::System::IO::OVERLAPPED;
use windows_sys::core::GUID;

const OVERLAPPED_FLAG: u32 = 1;
/// Stands in a count before a call.
pub const SENTINEL32: u32 = 0xDEAD_BEEF;
/// `AcceptEx` wants 16 bytes more than an address for each of two addresses.
const ADDRESS_ROOM: u32 = size_of::<SOCKADDR_IN>() as u32 + 16;

/// Wakes Winsock up.
pub fn start() {
    // SAFETY: WSADATA is plain data, and all zeroes is one.
    let mut data: WSADATA = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is good.
    unsafe { WSAStartup(0x0202, &mut data) };
}

pub fn prepare(op: &str, args: &Args, _: &'static Native) -> Option<Made> {
    Some(match op {
        "CreateFile" => match args.text("kind") {
            kind @ ("stream" | "listener" | "datagram") => {
                opening(Opens::Sockets, create(args, kind))
            }
            _ => Err(Failure::Unsupported("this driver opens no such kind of file")),
        },
        "SocketPair" => opening(Opens::Sockets, pair(args)),
        "connect" => opening(Opens::Sockets, connect_to(args)),
        "send" => send_plain(args),
        "abort" => abort(args),
        "Shutdown" => shut_down(args),
        "WSARecv" | "WSASend" => transfer(args, op == "WSARecv"),
        "AcceptEx" => accept_ex(args),
        "ConnectEx" => connect_ex(args),
        "DisconnectEx" => disconnect_ex(args),
        _ => return None,
    })
}

fn socket(overlapped: bool, datagram: bool) -> SOCKET {
    let kind = if datagram { SOCK_DGRAM } else { SOCK_STREAM };
    let flags = if overlapped { OVERLAPPED_FLAG } else { 0 };
    // SAFETY: no protocol information.
    unsafe { WSASocketW(i32::from(AF_INET), kind, 0, std::ptr::null(), 0, flags) }
}

/// A port of this machine's own address; the port as the network has it.
pub fn loopback(port: u16) -> SOCKADDR_IN {
    // SAFETY: an address is plain data, and all zeroes is one.
    let mut address: SOCKADDR_IN = unsafe { std::mem::zeroed() };
    address.sin_family = AF_INET;
    address.sin_port = port;
    address.sin_addr.S_un.S_addr = u32::from_ne_bytes([127, 0, 0, 1]);
    address
}

/// Bytes of an address.
pub const ADDRESS_SIZE: i32 = size_of::<SOCKADDR_IN>() as i32;

fn bind_loopback(socket: SOCKET) -> bool {
    let address = loopback(0);
    // SAFETY: the address is as long as said.
    unsafe { bind(socket, (&raw const address).cast::<SOCKADDR>(), ADDRESS_SIZE) == 0 }
}

/// The address a socket is bound to.
fn address_of(socket: SOCKET) -> SOCKADDR_IN {
    let mut address = loopback(0);
    let mut size = ADDRESS_SIZE;
    // SAFETY: the address is as long as said.
    unsafe { getsockname(socket, (&raw mut address).cast::<SOCKADDR>(), &mut size) };
    address
}

fn connected_to(listener: SOCKET, overlapped: bool) -> SOCKET {
    let address = address_of(listener);
    let client = socket(overlapped, false);
    // SAFETY: the address is as long as said.
    let failed =
        unsafe { connect(client, (&raw const address).cast::<SOCKADDR>(), ADDRESS_SIZE) != 0 };
    if failed {
        // SAFETY: a socket of ours.
        unsafe { closesocket(client) };
        return INVALID_SOCKET;
    }
    client
}

fn create(args: &Args, kind: &str) -> Made {
    let overlapped = args.flag("overlapped")?;
    let (listener, datagram) = (kind == "listener", kind == "datagram");
    // A stream socket that `ConnectEx` is to connect must be bound; an ordinary one need not be.
    let bound = listener || datagram || args.flag("bound")?;
    job(move |out| {
        let made = socket(overlapped, datagram);
        if bound {
            bind_loopback(made);
        }
        if listener {
            // SAFETY: a socket of ours.
            unsafe { listen(made, 8) };
        }
        out.value = Some(Field::Handle(made));
    })
}

fn pair(args: &Args) -> Made {
    let overlapped = args.flag("overlapped")?;
    job(move |out| {
        // What a listener accepts is overlapped as the listener is.
        let listener = socket(overlapped, false);
        bind_loopback(listener);
        // SAFETY: sockets of ours; no address is wanted.
        let (first, second) = unsafe {
            listen(listener, 1);
            let second = connected_to(listener, overlapped);
            let first = accept(listener, std::ptr::null_mut(), std::ptr::null_mut());
            closesocket(listener);
            (first, second)
        };
        out.value = Some(Field::Handle(first));
        out.set("handle", Field::Handle(second));
    })
}

fn connect_to(args: &Args) -> Made {
    let listener = args.handle("file")?;
    job(move |out| {
        out.value = Some(Field::Handle(connected_to(listener, true)));
    })
}

/// The value of a Winsock function.
pub fn int(value: i32) -> Option<Field> {
    Some(Field::Int(i64::from(value)))
}

fn send_plain(args: &Args) -> Made {
    let file = args.handle("file")?;
    let length = length(args)?;
    job(move |out| {
        let bytes = [0x55u8; crate::slots::BUFFER];
        // SAFETY: the buffer holds `length` bytes.
        out.value = int(unsafe { send(file, bytes.as_ptr(), length as i32, 0) });
    })
}

/// Closes a socket so that its peer sees a reset.
fn abort(args: &Args) -> Made {
    let file = args.handle("file")?;
    job(move |out| {
        let linger = LINGER { l_onoff: 1, l_linger: 0 };
        let size = size_of::<LINGER>() as i32;
        // SAFETY: the option is as long as said.
        out.value = int(unsafe {
            setsockopt(file, SOL_SOCKET, SO_LINGER, (&raw const linger).cast(), size);
            closesocket(file)
        });
    })
}

fn shut_down(args: &Args) -> Made {
    let file = args.handle("file")?;
    job(move |out| {
        // SAFETY: a bad socket makes the call fail.
        out.value = int(unsafe { shutdown(file, SD_BOTH) });
    })
}

fn transfer(args: &Args, receive: bool) -> Made {
    let file = args.handle("file")?;
    let length = length(args)?;
    let announce = announce(args)?;
    let buffer = announce.buffer() as usize;
    let routine = announce.routine.map(|_| completed_socket as _);
    job(move |out| {
        let overlapped = announce.ready();
        let data = WSABUF { len: length, buf: buffer as *mut u8 };
        let (mut bytes, mut flags) = (SENTINEL32, 0);
        // SAFETY: the buffer holds `length` bytes; it and the OVERLAPPED live for ever.
        out.value = int(unsafe {
            if receive {
                WSARecv(file, &data, 1, &mut bytes, &mut flags, overlapped, routine)
            } else {
                WSASend(file, &data, 1, &mut bytes, 0, overlapped, routine)
            }
        });
        show_count(out, bytes);
    })
}

/// A count, unless the call left it alone.
pub fn show_count(out: &mut Out, bytes: u32) {
    let sentinel = u64::from(SENTINEL32);
    out.set_unless("bytes", u64::from(bytes), sentinel, Field::Int(i64::from(bytes)));
}

/// The port, as the network has it, of a datagram socket that nobody reads.
pub fn sink() -> u16 {
    static SINK: std::sync::OnceLock<SOCKET> = std::sync::OnceLock::new();
    let sink = SINK.get_or_init(|| {
        let made = socket(false, true);
        bind_loopback(made);
        made
    });
    address_of(*sink).sin_port
}

/// A listener that everybody may connect to, and that accepts nobody.
fn somebody() -> SOCKET {
    static SOMEBODY: std::sync::OnceLock<SOCKET> = std::sync::OnceLock::new();
    *SOMEBODY.get_or_init(|| {
        let made = socket(false, false);
        bind_loopback(made);
        // SAFETY: a socket of ours.
        unsafe { listen(made, 64) };
        made
    })
}

/// Sends a datagram to a socket, from a socket of its own.
pub fn send_datagram(to: SOCKET, length: u32) -> i32 {
    let bytes = [0x55u8; crate::slots::BUFFER];
    let (from, address) = (socket(false, true), address_of(to));
    // SAFETY: the buffer holds `length` bytes, the address is as long as said.
    unsafe {
        let to = (&raw const address).cast::<SOCKADDR>();
        let sent = sendto(from, bytes.as_ptr(), length as i32, 0, to, ADDRESS_SIZE);
        closesocket(from);
        sent
    }
}

/// The completion routine of Winsock operations.
///
/// # Safety
/// The system calls it with the OVERLAPPED of a slot.
pub unsafe extern "system" fn completed_socket(
    error: u32,
    bytes: u32,
    overlapped: *mut OVERLAPPED,
    _: u32,
) {
    // SAFETY: the same contract.
    unsafe { completed(error, bytes, overlapped) };
}

const ACCEPT_EX: GUID = GUID::from_u128(0xb5367df1_cbac_11cf_95ca_00805f48a192);
const CONNECT_EX: GUID = GUID::from_u128(0x25a207b9_ddf3_4660_8ee9_76e58c74063e);
const DISCONNECT_EX: GUID = GUID::from_u128(0x7fda2e11_8630_436f_a031_f536a6eec157);

type Accept = unsafe extern "system" fn(
    SOCKET,
    SOCKET,
    *mut c_void,
    u32,
    u32,
    u32,
    *mut u32,
    *mut OVERLAPPED,
) -> i32;
type Connect = unsafe extern "system" fn(
    SOCKET,
    *const SOCKADDR,
    i32,
    *const c_void,
    u32,
    *mut u32,
    *mut OVERLAPPED,
) -> i32;
type Disconnect = unsafe extern "system" fn(SOCKET, *mut OVERLAPPED, u32, u32) -> i32;

/// The address of a Winsock extension function, asked of the socket it is for.
///
/// # Safety
/// `T` must be the function pointer type that belongs to `guid`.
pub unsafe fn extension<T>(socket: SOCKET, guid: GUID) -> Option<T> {
    let mut function: Option<T> = None;
    let mut used = 0;
    // SAFETY: the pointers are good, the sizes theirs; `None` is the NULL function pointer.
    let failed = unsafe {
        WSAIoctl(
            socket,
            SIO_GET_EXTENSION_FUNCTION_POINTER,
            (&raw const guid).cast(),
            size_of::<GUID>() as u32,
            (&raw mut function).cast(),
            size_of::<usize>() as u32,
            &mut used,
            std::ptr::null_mut(),
            None,
        ) != 0
    };
    if failed { None } else { function }
}

const NO_EXTENSION: &str = "the socket has no such extension function";

fn accept_ex(args: &Args) -> Made {
    let listener = args.handle("file")?;
    let accepted = args.handle("other")?;
    let length = length(args)?.min(1024);
    let announce = announce(args)?;
    let buffer = announce.buffer() as usize;
    job(move |out| {
        // SAFETY: the type belongs to the GUID.
        let Some(call) = (unsafe { extension::<Accept>(listener, ACCEPT_EX) }) else {
            out.unsupported = Some(NO_EXTENSION);
            return;
        };
        let overlapped = announce.ready();
        let (mut bytes, room) = (SENTINEL32, ADDRESS_ROOM);
        // SAFETY: the buffer holds `length` bytes and two addresses.
        out.value = boolean(unsafe {
            let buffer = buffer as *mut c_void;
            call(listener, accepted, buffer, length, room, room, &mut bytes, overlapped)
        });
    })
}

fn connect_ex(args: &Args) -> Made {
    let file = args.handle("file")?;
    let listener = args.handle_or_null("other")?;
    let length = length(args)?;
    let refused = args.flag("refused")?;
    let announce = announce(args)?;
    let buffer = announce.buffer() as usize;
    job(move |out| {
        // SAFETY: the type belongs to the GUID.
        let Some(call) = (unsafe { extension::<Connect>(file, CONNECT_EX) }) else {
            out.unsupported = Some(NO_EXTENSION);
            return;
        };
        // To be refused, ask for a port on which nobody listens: discard's.
        let address = match (refused, listener) {
            (true, _) => loopback(9u16.to_be()),
            (false, 0) => address_of(somebody()),
            (false, listener) => address_of(listener),
        };
        let overlapped = announce.ready();
        let mut bytes = SENTINEL32;
        // SAFETY: the address is as long as said, the buffer holds `length` bytes.
        out.value = boolean(unsafe {
            let address = (&raw const address).cast::<SOCKADDR>();
            let buffer = if length == 0 { std::ptr::null() } else { buffer as *const c_void };
            call(file, address, ADDRESS_SIZE, buffer, length, &mut bytes, overlapped)
        });
    })
}

fn disconnect_ex(args: &Args) -> Made {
    let file = args.handle("file")?;
    let announce = announce(args)?;
    job(move |out| {
        // SAFETY: the type belongs to the GUID.
        let Some(call) = (unsafe { extension::<Disconnect>(file, DISCONNECT_EX) }) else {
            out.unsupported = Some(NO_EXTENSION);
            return;
        };
        let overlapped = announce.ready();
        // SAFETY: the OVERLAPPED is never freed.
        out.value = boolean(unsafe { call(file, overlapped, 0, 0) });
    })
}

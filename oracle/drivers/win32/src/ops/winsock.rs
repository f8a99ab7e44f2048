//! Winsock operations beside sending, receiving and connecting: datagrams, controls, files.

use super::io::{announce, length};
use super::network::{SENTINEL32, completed_socket, extension, int, loopback, show_count};
use super::{Made, boolean, h, job};
use crate::args::Args;
use crate::native::Native;
use std::ffi::c_void;
use windows_sys::Win32::Networking::WinSock::{
    SOCKADDR, SOCKET, TRANSMIT_FILE_BUFFERS, WSABUF, WSAIoctl, WSARecvFrom, WSASendTo,
};
use windows_sys::Win32::System::IO::OVERLAPPED;
use windows_sys::core::GUID;

const ADDRESS_SIZE: i32 = super::network::ADDRESS_SIZE;

pub fn prepare(op: &str, args: &Args, _: &'static Native) -> Option<Made> {
    Some(match op {
        "WSARecvFrom" => receive_from(args),
        "WSASendTo" => send_to(args),
        "WSAIoctl" => control(args),
        "TransmitFile" => transmit_file(args),
        "sendto" => send_from_outside(args),
        _ => return None,
    })
}

/// From whom is not asked: the address would have to live as long as the operation.
fn receive_from(args: &Args) -> Made {
    let file = args.handle("file")?;
    let length = length(args)?;
    let announce = announce(args)?;
    let buffer = announce.buffer() as usize;
    let routine = announce.routine.map(|_| completed_socket as _);
    job(move |out| {
        let overlapped = announce.ready();
        let data = WSABUF { len: length, buf: buffer as *mut u8 };
        let (mut bytes, mut flags) = (SENTINEL32, 0);
        let null = std::ptr::null_mut();
        // SAFETY: the buffer holds `length` bytes; it and the OVERLAPPED live for ever.
        out.value = int(unsafe {
            let size = std::ptr::null_mut();
            WSARecvFrom(file, &data, 1, &mut bytes, &mut flags, null, size, overlapped, routine)
        });
        show_count(out, bytes);
    })
}

/// To a socket that nobody reads.
fn send_to(args: &Args) -> Made {
    let file = args.handle("file")?;
    let length = length(args)?;
    let announce = announce(args)?;
    let buffer = announce.buffer() as usize;
    let routine = announce.routine.map(|_| completed_socket as _);
    let sink = super::network::sink();
    job(move |out| {
        let overlapped = announce.ready();
        let data = WSABUF { len: length, buf: buffer as *mut u8 };
        let address = loopback(sink);
        let mut bytes = SENTINEL32;
        // SAFETY: the buffer holds `length` bytes; it and the OVERLAPPED live for ever; the address
        // is as long as said.
        out.value = int(unsafe {
            let to = (&raw const address).cast::<SOCKADDR>();
            WSASendTo(file, &data, 1, &mut bytes, 0, to, ADDRESS_SIZE, overlapped, routine)
        });
        show_count(out, bytes);
    })
}

/// Somebody outside sends a datagram to a socket.
fn send_from_outside(args: &Args) -> Made {
    let file = args.handle("file")?;
    let length = length(args)?;
    job(move |out| {
        out.value = int(super::network::send_datagram(file, length));
    })
}

/// Any control without input.
fn control(args: &Args) -> Made {
    let file = args.handle("file")?;
    let code = args.number32("code")?;
    let length = length(args)?;
    let announce = announce(args)?;
    let buffer = announce.buffer() as usize;
    job(move |out| {
        let overlapped = announce.ready();
        let (mut bytes, none) = (SENTINEL32, std::ptr::null());
        let room = if length == 0 { std::ptr::null_mut() } else { buffer as *mut c_void };
        // SAFETY: the buffer holds `length` bytes; it and the OVERLAPPED live for ever.
        out.value = int(unsafe {
            WSAIoctl(file, code, none, 0, room, length, &mut bytes, overlapped, None)
        });
        show_count(out, bytes);
    })
}

const TRANSMIT_FILE: GUID = GUID::from_u128(0xb5367df0_cbac_11cf_95ca_00805f48a192);

type Transmit = unsafe extern "system" fn(
    SOCKET,
    *mut c_void,
    u32,
    u32,
    *mut OVERLAPPED,
    *const TRANSMIT_FILE_BUFFERS,
    u32,
) -> i32;

/// Sends the first `length` bytes of the file `other`.
fn transmit_file(args: &Args) -> Made {
    let file = args.handle("file")?;
    let other = args.handle("other")?;
    let length = args.number32("length")?;
    let announce = announce(args)?;
    job(move |out| {
        // SAFETY: the type belongs to the GUID.
        let Some(call) = (unsafe { extension::<Transmit>(file, TRANSMIT_FILE) }) else {
            out.unsupported = Some("the socket has no such extension function");
            return;
        };
        let overlapped = announce.ready();
        // SAFETY: the OVERLAPPED is never freed.
        out.value = boolean(unsafe {
            call(file, h(other), length, 0, overlapped, std::ptr::null(), 0)
        });
    })
}

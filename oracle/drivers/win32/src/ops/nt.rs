//! Completion ports, reserve objects and wait completion packets by their native names.

use super::ports::{BATCH_MAX, SENTINEL};
use super::{Failure, Made, job, status};
use crate::args::{Args, Problem};
use crate::native::{
    CompletionInformation, Native, ObjectAttributes, StatusBlock, UnicodeString, pointer, timeout,
};
use crate::out::{Entry, Field};

const MISSING: Failure = Failure::Unsupported("ntdll does not export it");
const SENTINEL32: u32 = 0xDEAD_BEEF;

pub fn prepare(op: &str, args: &Args, native: &'static Native) -> Option<Made> {
    Some(match op {
        "NtCreateIoCompletion" => create(args, native),
        "NtOpenIoCompletion" => open(args, native),
        "NtQueryIoCompletion" => query(args, native),
        "NtSetIoCompletion" => set(args, native),
        "NtSetIoCompletionEx" => set_ex(args, native),
        "NtRemoveIoCompletion" => remove(args, native),
        "NtRemoveIoCompletionEx" => remove_ex(args, native),
        "NtAllocateReserveObject" => allocate_reserve(args, native),
        "NtCreateWaitCompletionPacket" => create_wait_packet(native),
        "NtAssociateWaitCompletionPacket" => associate_wait_packet(args, native),
        "NtCancelWaitCompletionPacket" => cancel_wait_packet(args, native),
        _ => return None,
    })
}

/// The cases of `OBJECT_ATTRIBUTES` that differ, built where they are used.
#[derive(Clone, Copy)]
enum Attributes {
    Null,
    WrongLength,
    Unnamed,
    BadRoot,
    Named(u64),
}

fn attributes(args: &Args) -> Result<Attributes, Problem> {
    match args.text("attributes") {
        "" | "null" => Ok(Attributes::Null),
        "wrong_length" => Ok(Attributes::WrongLength),
        "unnamed" => Ok(Attributes::Unnamed),
        "bad_root" => Ok(Attributes::BadRoot),
        "named" => Ok(Attributes::Named(args.number("name")?)),
        other => Err(Problem(format!("argument `attributes`: no case `{other}`"))),
    }
}

impl Attributes {
    /// Calls `with` with a pointer to the attributes.
    fn lend<R>(self, with: impl FnOnce(*const ObjectAttributes) -> R) -> R {
        let mut block = ObjectAttributes {
            length: size_of::<ObjectAttributes>() as u32,
            root: 0,
            name: std::ptr::null(),
            attributes: 0,
            descriptor: 0,
            quality: 0,
        };
        let text: Vec<u16>;
        let name;
        match self {
            Attributes::Null => return with(std::ptr::null()),
            Attributes::Unnamed => {}
            Attributes::WrongLength => block.length += 4,
            Attributes::BadRoot => block.root = 0xDEAD_BEE0,
            Attributes::Named(number) => {
                let process = std::process::id();
                text = format!("\\BaseNamedObjects\\iocp-driver-{process}-{number}")
                    .encode_utf16()
                    .collect();
                let length = (text.len() * 2) as u16;
                name = UnicodeString { length, maximum: length, buffer: text.as_ptr() };
                block.name = &raw const name;
            }
        }
        with(&raw const block)
    }
}

fn create(args: &Args, native: &Native) -> Made {
    let call = native.NtCreateIoCompletion.ok_or(MISSING)?;
    let access = args.number32_or("access", 0x1F_0003)?;
    let attributes = attributes(args)?;
    let concurrency = args.number32_or("concurrency", 0)?;
    job(move |out| {
        let mut made = 0;
        // SAFETY: the pointers are good for the time of the call.
        out.value = status(attributes.lend(|a| unsafe { call(&mut made, access, a, concurrency) }));
        out.set("handle", Field::Handle(made));
    })
}

fn open(args: &Args, native: &Native) -> Made {
    let call = native.NtOpenIoCompletion.ok_or(MISSING)?;
    let access = args.number32_or("access", 0x1F_0003)?;
    let attributes = attributes(args)?;
    job(move |out| {
        let mut made = 0;
        // SAFETY: the pointers are good for the time of the call.
        out.value = status(attributes.lend(|a| unsafe { call(&mut made, access, a) }));
        out.set("handle", Field::Handle(made));
    })
}

fn query(args: &Args, native: &Native) -> Made {
    let call = native.NtQueryIoCompletion.ok_or(MISSING)?;
    let port = args.handle("port")?;
    let class = args.number32_or("class", 0)?;
    let length = args.number32_or("length", 4)?;
    job(move |out| {
        let mut depth = [SENTINEL32; 4];
        let mut used = 0;
        let buffer = depth.as_mut_ptr().cast();
        // SAFETY: at most the buffer's size is named.
        let value = unsafe { call(port, class, buffer, length.min(16), &mut used) };
        out.value = status(value);
        let field = Field::Int(i64::from(depth[0]));
        out.set_unless("depth", u64::from(depth[0]), u64::from(SENTINEL32), field);
    })
}

fn set(args: &Args, native: &Native) -> Made {
    let call = native.NtSetIoCompletion.ok_or(MISSING)?;
    let port = args.handle("port")?;
    let key = args.number("key")? as usize;
    let context = context(args)?;
    let code = args.number32("status")?;
    let information = args.number("information")? as usize;
    job(move |out| {
        // SAFETY: nothing is dereferenced.
        out.value = status(unsafe { call(port, key, context, code, information) });
    })
}

fn set_ex(args: &Args, native: &Native) -> Made {
    let call = native.NtSetIoCompletionEx.ok_or(MISSING)?;
    let port = args.handle("port")?;
    let reserve = args.handle("reserve")?;
    let key = args.number("key")? as usize;
    let context = context(args)?;
    let code = args.number32("status")?;
    let information = args.number("information")? as usize;
    job(move |out| {
        // SAFETY: nothing is dereferenced.
        out.value = status(unsafe { call(port, reserve, key, context, code, information) });
    })
}

/// A context: a number, or the address of a slot.
fn context(args: &Args) -> Result<usize, Problem> {
    args.number("context").map(|n| n as usize).or_else(|_| args.overlapped("context"))
}

fn remove(args: &Args, native: &Native) -> Made {
    let call = native.NtRemoveIoCompletion.ok_or(MISSING)?;
    let port = args.handle("port")?;
    let wait = timeout(args.timeout("timeout")?);
    job(move |out| {
        let sentinel = SENTINEL as usize;
        let (mut key, mut context) = (sentinel, sentinel);
        let mut block = StatusBlock { status: sentinel, information: sentinel };
        // SAFETY: the pointers are good for the time of the call.
        let value = unsafe { call(port, &mut key, &mut context, &mut block, pointer(&wait)) };
        out.value = status(value);
        out.set_unless("key", key as u64, SENTINEL, Field::Hex(key as u64));
        out.set_unless("overlapped", context as u64, SENTINEL, Field::Overlapped(context));
        let code = Field::Status(block.status as u32);
        out.set_unless("status", block.status as u64, SENTINEL, code);
        let information = block.information as u64;
        out.set_unless("information", information, SENTINEL, Field::Hex(information));
    })
}

fn remove_ex(args: &Args, native: &Native) -> Made {
    let call = native.NtRemoveIoCompletionEx.ok_or(MISSING)?;
    let port = args.handle("port")?;
    let count = args.number32("count")?.min(BATCH_MAX);
    let wait = timeout(args.timeout("timeout")?);
    let alertable = u8::from(args.flag("alertable")?);
    let mut entries = vec![CompletionInformation::default(); count as usize + 1];
    let mut shown = Some(Vec::with_capacity(count as usize));
    job(move |out| {
        let mut removed = SENTINEL32;
        let list = entries.as_mut_ptr();
        // SAFETY: there are at least `count` entries.
        let value = unsafe { call(port, list, count, &mut removed, pointer(&wait), alertable) };
        out.value = status(value);
        let wide = u64::from(removed);
        out.set_unless("count", wide, u64::from(SENTINEL32), Field::Int(i64::from(removed)));
        let mut shown = shown.take().unwrap_or_default();
        if value == 0 {
            let taken = removed.min(count) as usize;
            shown.extend(entries.iter().take(taken).map(|entry| Entry {
                key: entry.key as u64,
                overlapped: entry.context,
                status: entry.status_block.status as u32,
                information: entry.status_block.information as u64,
            }));
        }
        out.set("entries", Field::Entries(shown));
    })
}

fn allocate_reserve(args: &Args, native: &Native) -> Made {
    let call = native.NtAllocateReserveObject.ok_or(MISSING)?;
    // MemoryReserveUserApc 0, MemoryReserveIoCompletion 1.
    let kind = u32::from(args.flag("for_packet")?);
    job(move |out| {
        let mut made = 0;
        // SAFETY: the pointers are good.
        out.value = status(unsafe { call(&mut made, std::ptr::null(), kind) });
        out.set("handle", Field::Handle(made));
    })
}

fn create_wait_packet(native: &Native) -> Made {
    let call = native.NtCreateWaitCompletionPacket.ok_or(MISSING)?;
    job(move |out| {
        let mut made = 0;
        // SAFETY: the pointers are good.
        out.value = status(unsafe { call(&mut made, 1, std::ptr::null()) });
        out.set("handle", Field::Handle(made));
    })
}

fn associate_wait_packet(args: &Args, native: &Native) -> Made {
    let call = native.NtAssociateWaitCompletionPacket.ok_or(MISSING)?;
    let packet = args.handle("packet")?;
    let port = args.handle("port")?;
    let target = args.handle("target")?;
    let key = args.number("key")? as usize;
    let context = context(args)?;
    let code = args.number32("status")?;
    let information = args.number("information")? as usize;
    job(move |out| {
        let mut signaled = 0xFF;
        // SAFETY: the pointer is good.
        out.value = status(unsafe {
            call(packet, port, target, key, context, code, information, &mut signaled)
        });
        let field = Field::Bool(signaled != 0);
        out.set_unless("already_signaled", u64::from(signaled), 0xFF, field);
    })
}

fn cancel_wait_packet(args: &Args, native: &Native) -> Made {
    let call = native.NtCancelWaitCompletionPacket.ok_or(MISSING)?;
    let packet = args.handle("packet")?;
    let remove = u8::from(args.flag("remove_signaled")?);
    job(move |out| {
        // SAFETY: nothing is dereferenced.
        out.value = status(unsafe { call(packet, remove) });
    })
}

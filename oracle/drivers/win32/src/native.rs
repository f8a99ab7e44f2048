//! The native entry points, found by name at run time: one that is missing is reported, and the
//! rest still work.

use std::ffi::c_void;
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleA, GetProcAddress};

/// `IO_STATUS_BLOCK`
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct StatusBlock {
    /// `Status` (the union's upper half belongs to the pointer member).
    pub status: usize,
    /// `Information`
    pub information: usize,
}

/// `FILE_IO_COMPLETION_INFORMATION`
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct CompletionInformation {
    /// `KeyContext`
    pub key: usize,
    /// `ApcContext`
    pub context: usize,
    /// `IoStatusBlock`
    pub status_block: StatusBlock,
}

/// `OBJECT_ATTRIBUTES`
#[repr(C)]
pub struct ObjectAttributes {
    /// `Length`
    pub length: u32,
    /// `RootDirectory`
    pub root: usize,
    /// `ObjectName`
    pub name: *const UnicodeString,
    /// `Attributes`
    pub attributes: u32,
    /// `SecurityDescriptor`
    pub descriptor: usize,
    /// `SecurityQualityOfService`
    pub quality: usize,
}

/// `UNICODE_STRING`
#[repr(C)]
pub struct UnicodeString {
    /// Bytes used.
    pub length: u16,
    /// Bytes there.
    pub maximum: u16,
    /// UTF-16.
    pub buffer: *const u16,
}

macro_rules! exports {
    ($($name:ident($($argument:ty),*);)*) => {
        /// The entry points; `None` where `ntdll` does not export one.
        #[allow(non_snake_case, reason = "the names of the exports")]
        pub struct Native {
            $(
                #[doc = stringify!($name)]
                pub $name: Option<unsafe extern "system" fn($($argument),*) -> i32>,
            )*
        }

        impl Native {
            /// Looks all of them up.
            pub fn load() -> Native {
                // SAFETY: ntdll is always loaded, and the names are zero-terminated.
                let ntdll = unsafe { GetModuleHandleA(c"ntdll.dll".as_ptr().cast()) };
                Native {$(
                    // SAFETY: an export of this name has this signature.
                    $name: unsafe {
                        std::mem::transmute::<
                            Option<unsafe extern "system" fn() -> isize>,
                            Option<unsafe extern "system" fn($($argument),*) -> i32>,
                        >(GetProcAddress(ntdll, concat!(stringify!($name), "\0").as_ptr()))
                    },
                )*}
            }

            /// The names of those that are missing.
            pub fn missing(&self) -> Vec<&'static str> {
                let mut missing = Vec::new();
                $(if self.$name.is_none() {
                    missing.push(stringify!($name));
                })*
                missing
            }
        }
    };
}

type Block = *mut StatusBlock;

exports! {
    NtCreateIoCompletion(*mut usize, u32, *const ObjectAttributes, u32);
    NtOpenIoCompletion(*mut usize, u32, *const ObjectAttributes);
    NtQueryIoCompletion(usize, u32, *mut c_void, u32, *mut u32);
    NtSetIoCompletion(usize, usize, usize, u32, usize);
    NtSetIoCompletionEx(usize, usize, usize, usize, u32, usize);
    NtRemoveIoCompletion(usize, *mut usize, *mut usize, Block, *const i64);
    NtRemoveIoCompletionEx(usize, *mut CompletionInformation, u32, *mut u32, *const i64, u8);
    NtAllocateReserveObject(*mut usize, *const ObjectAttributes, u32);
    NtCreateWaitCompletionPacket(*mut usize, u32, *const ObjectAttributes);
    NtAssociateWaitCompletionPacket(usize, usize, usize, usize, usize, u32, usize, *mut u8);
    NtCancelWaitCompletionPacket(usize, u8);
    NtSetInformationFile(usize, Block, *const c_void, u32, u32);
    NtQueryInformationFile(usize, Block, *mut c_void, u32, u32);
    NtReadFile(usize, usize, usize, usize, Block, *mut c_void, u32, *const i64, *const u32);
    NtWriteFile(usize, usize, usize, usize, Block, *const c_void, u32, *const i64, *const u32);
    NtFsControlFile(usize, usize, usize, usize, Block, u32, *const c_void, u32, *mut c_void, u32);
    NtDeviceIoControlFile(
        usize,
        usize,
        usize,
        usize,
        Block,
        u32,
        *const c_void,
        u32,
        *mut c_void,
        u32
    );
    NtCancelIoFileEx(usize, Block, Block);
    NtClose(usize);
    NtWaitForSingleObject(usize, u8, *const i64);
    NtQuerySystemInformation(u32, *mut c_void, u32, *mut u32);
}

/// The native form of a timeout in milliseconds: relative, in 100 ns; `None` for infinite.
pub fn timeout(milliseconds: u32) -> Option<i64> {
    (milliseconds != u32::MAX).then(|| -i64::from(milliseconds) * 10_000)
}

/// A pointer to a timeout, NULL for infinite.
pub fn pointer(timeout: &Option<i64>) -> *const i64 {
    timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref)
}

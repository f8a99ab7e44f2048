//! The canonical bytes of a state: equal states have equal bytes, and the bytes rebuild the state.
//!
//! The fingerprint is taken over these bytes, and a search stores them. Integers are LEB128, so
//! that the small numbers a state is made of take one byte each.

use std::collections::VecDeque;

/// Where the bytes go.
pub trait Sink {
    /// One more byte.
    fn push(&mut self, byte: u8);
}

impl Sink for Vec<u8> {
    #[inline]
    fn push(&mut self, byte: u8) {
        self.push(byte);
    }
}

/// Room for the bytes of a small state on the stack. Writing here is several times as fast as
/// pushing to a `Vec`, whose length is in memory that each byte might overwrite.
pub(crate) struct Short {
    bytes: [u8; Short::ROOM],
    length: usize,
}

impl Short {
    /// A power of two, so that the place of a byte needs no comparison.
    const ROOM: usize = 512;

    /// The bytes of a value, or `None` if they are too many.
    #[inline]
    pub(crate) fn with<R>(value: &impl Code, then: impl FnOnce(&[u8]) -> R) -> Option<R> {
        let mut short = Short { bytes: [0; Short::ROOM], length: 0 };
        value.put(&mut short);
        short.bytes.get(..short.length).map(then)
    }
}

impl Sink for Short {
    #[inline]
    fn push(&mut self, byte: u8) {
        // Too many bytes go round and round: whoever asks for them sees that they were too many.
        self.bytes[self.length % Short::ROOM] = byte;
        self.length += 1;
    }
}

/// A value with canonical bytes.
pub trait Code: Sized {
    /// Appends the bytes of this value.
    fn put<S: Sink>(&self, out: &mut S);
    /// Reads a value from the front of `bytes`; `None` if they are not one.
    fn take(bytes: &mut &[u8]) -> Option<Self>;
}

/// Appends `value` as LEB128.
#[inline]
fn put_varint<S: Sink>(mut value: u64, out: &mut S) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[inline]
fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

macro_rules! code_unsigned {
    ($($type:ty)*) => {$(
        impl Code for $type {
            #[inline]
            fn put<S: Sink>(&self, out: &mut S) {
                put_varint(u64::from(*self), out);
            }
            #[inline]
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                <$type>::try_from(take_varint(bytes)?).ok()
            }
        }
    )*};
}
code_unsigned!(u8 u16 u32 u64);

impl Code for bool {
    #[inline]
    fn put<S: Sink>(&self, out: &mut S) {
        out.push(u8::from(*self));
    }
    #[inline]
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        match u8::take(bytes)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl<T: Code> Code for Option<T> {
    #[inline]
    fn put<S: Sink>(&self, out: &mut S) {
        match self {
            None => out.push(0),
            Some(value) => {
                out.push(1);
                value.put(out);
            }
        }
    }
    #[inline]
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(if bool::take(bytes)? { Some(T::take(bytes)?) } else { None })
    }
}

/// Lengths are checked against the bytes left, so that hostile bytes cannot ask for memory.
fn take_length(bytes: &mut &[u8]) -> Option<usize> {
    let length = usize::try_from(take_varint(bytes)?).ok()?;
    (length <= bytes.len()).then_some(length)
}

impl<T: Code> Code for Vec<T> {
    #[inline]
    fn put<S: Sink>(&self, out: &mut S) {
        put_varint(self.len() as u64, out);
        for value in self {
            value.put(out);
        }
    }
    #[inline]
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let length = take_length(bytes)?;
        // No promise of a length is trusted with more memory than this.
        let mut values = Vec::with_capacity(length.min(64));
        for _ in 0..length {
            values.push(T::take(bytes)?);
        }
        Some(values)
    }
}

impl<T: Code> Code for VecDeque<T> {
    #[inline]
    fn put<S: Sink>(&self, out: &mut S) {
        put_varint(self.len() as u64, out);
        for value in self {
            value.put(out);
        }
    }
    #[inline]
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Vec::take(bytes).map(VecDeque::from)
    }
}

impl<T: Code> Code for Box<T> {
    #[inline]
    fn put<S: Sink>(&self, out: &mut S) {
        (**self).put(out);
    }
    #[inline]
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        T::take(bytes).map(Box::new)
    }
}

impl<A: Code, B: Code> Code for (A, B) {
    #[inline]
    fn put<S: Sink>(&self, out: &mut S) {
        self.0.put(out);
        self.1.put(out);
    }
    #[inline]
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::take(bytes)?, B::take(bytes)?))
    }
}

/// Implements [`Code`] field by field. The destructuring makes the compiler refuse a list that
/// forgets a field.
macro_rules! code_struct {
    ($type:ident { $($field:ident),* $(,)? }) => {
        impl $crate::code::Code for $type {
            #[inline]
            fn put<S: $crate::code::Sink>(&self, out: &mut S) {
                let $type { $($field),* } = self;
                $($crate::code::Code::put($field, out);)*
            }
            #[inline]
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                $(let $field = $crate::code::Code::take(bytes)?;)*
                Some($type { $($field),* })
            }
        }
    };
}

/// Implements [`Code`] for an enum: a number for the variant, then its fields.
macro_rules! code_enum {
    ($type:ident { $($number:literal => $variant:ident $(($($tuple:ident),*))? $({$($field:ident),*})?),* $(,)? }) => {
        impl $crate::code::Code for $type {
            #[inline]
            fn put<S: $crate::code::Sink>(&self, out: &mut S) {
                match self {
                    $($type::$variant $(($($tuple),*))? $({$($field),*})? => {
                        out.push($number);
                        $($($crate::code::Code::put($tuple, out);)*)?
                        $($($crate::code::Code::put($field, out);)*)?
                    })*
                }
            }
            #[inline]
            fn take(bytes: &mut &[u8]) -> Option<Self> {
                match <u8 as $crate::code::Code>::take(bytes)? {
                    $($number => {
                        $($(let $tuple = $crate::code::Code::take(bytes)?;)*)?
                        $($(let $field = $crate::code::Code::take(bytes)?;)*)?
                        Some($type::$variant $(($($tuple),*))? $({$($field),*})?)
                    })*
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use {code_enum, code_struct};

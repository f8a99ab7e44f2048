//! A part of the state that rarely changes: clones share it until one of them writes.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::code::{Code, Sink};

/// Copy on write. Reads cost nothing; the first write after a clone copies.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Shared<T>(Arc<T>);

impl<T> Shared<T> {
    pub(crate) fn new(value: T) -> Self {
        Shared(Arc::new(value))
    }

    /// Takes over what `from` holds, unless it is the same already.
    #[inline]
    pub(crate) fn restore(&mut self, from: &Self) {
        if !Arc::ptr_eq(&self.0, &from.0) {
            self.0 = Arc::clone(&from.0);
        }
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Shared<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<T: Code> Code for Shared<T> {
    #[inline]
    fn put<S: Sink>(&self, out: &mut S) {
        (**self).put(out);
    }
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        T::take(bytes).map(Shared::new)
    }
}

#[cfg(feature = "serde")]
mod with_serde {
    use super::Shared;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    impl<T: Serialize> Serialize for Shared<T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            (**self).serialize(serializer)
        }
    }

    impl<'de, T: Deserialize<'de>> Deserialize<'de> for Shared<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            T::deserialize(deserializer).map(Shared::new)
        }
    }
}

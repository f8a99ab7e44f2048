//! A table of objects by index. A freed index is used again, lowest first, so that two histories
//! that leave the same objects leave the same state.

use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

use crate::code::{Code, Sink};
use crate::ids::*;
use crate::rename::permute;

/// An index type.
pub trait Id: Copy {
    /// The id of an index.
    fn from_index(index: usize) -> Self;
    /// The index of an id.
    fn to_index(self) -> usize;
}

macro_rules! id {
    ($($name:ident)*) => {$(
        impl Id for $name {
            fn from_index(index: usize) -> Self {
                $name(u16::try_from(index).expect("tables are far smaller than 65536"))
            }
            #[inline]
            fn to_index(self) -> usize {
                self.index()
            }
        }
    )*};
}
id!(PortId ThreadId ProcessId FileId EventId SemaphoreId MutantId JobId ReserveId WaitPacketId IrpId);

/// How many objects of one kind there may be: ids are 16 bits wide, and an action makes a few.
pub const OBJECTS_MAX: usize = 65_000;

/// Objects of one kind.
pub struct Table<I, T> {
    slots: Vec<Option<T>>,
    /// Which slots were handed out for writing since the last clone or [`Table::restore`]: one bit each, the
    /// last bit for all from 63 on. Bookkeeping for a cheap [`Table::restore`], not state.
    touched: u64,
    id: PhantomData<I>,
}

impl<I: Id, T> Table<I, T> {
    pub(crate) const fn new() -> Self {
        Table { slots: Vec::new(), touched: 0, id: PhantomData }
    }

    /// The object, if there is one.
    #[inline]
    pub fn get(&self, id: I) -> Option<&T> {
        self.slots.get(id.to_index())?.as_ref()
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, id: I) -> Option<&mut T> {
        let index = id.to_index();
        self.touched |= bit(index);
        self.slots.get_mut(index)?.as_mut()
    }

    /// Every object with its id, in order.
    #[inline]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (I, &T)> {
        self.slots
            .iter()
            .enumerate()
            .filter_map(|(i, slot)| slot.as_ref().map(|object| (I::from_index(i), object)))
    }

    /// Every id in use, in order.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> + '_ {
        self.iter().map(|(id, _)| id)
    }

    /// Whether the ids are about to run out.
    pub(crate) fn is_full(&self) -> bool {
        self.slots.len() >= OBJECTS_MAX
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    pub(crate) fn insert(&mut self, object: T) -> I {
        let free = self.slots.iter().position(Option::is_none);
        let index = free.unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.touched |= bit(index);
        self.slots[index] = Some(object);
        I::from_index(index)
    }

    /// Lets `change` write to the objects of which `wanted` says so; the others stay untouched.
    pub(crate) fn change(&mut self, wanted: impl Fn(&T) -> bool, mut change: impl FnMut(&mut T)) {
        for (index, slot) in self.slots.iter_mut().enumerate() {
            if let Some(object) = slot.as_mut().filter(|object| wanted(object)) {
                self.touched |= bit(index);
                change(object);
            }
        }
    }

    /// Moves every object to its new index. The new indices are a permutation of the old.
    pub(crate) fn permute(&mut self, to: impl Fn(I) -> I) {
        let Table { slots, touched, .. } = self;
        let new = |index| to(I::from_index(index)).to_index();
        permute(slots.len(), new, |one, other| {
            *touched |= bit(one) | bit(other);
            slots.swap(one, other);
        });
    }

    /// Trailing free slots go too, so that an emptied table equals one that was never used.
    pub(crate) fn remove(&mut self, id: I) -> Option<T> {
        let index = id.to_index();
        self.touched |= bit(index);
        let object = self.slots.get_mut(index)?.take();
        while matches!(self.slots.last(), Some(None)) {
            self.slots.pop();
        }
        object
    }

    /// Which slots were handed out for writing since the table was last cloned or restored: one
    /// bit each, the last bit for all from 63 on.
    #[inline]
    pub fn touched(&self) -> u64 {
        self.touched
    }
}

impl<I: Id, T: Clone> Table<I, T> {
    /// Copies back what was touched; the rest is known to equal `from` already.
    #[inline]
    pub(crate) fn restore(&mut self, from: &Self) {
        if self.touched == 0 {
            return;
        }
        self.slots.truncate(from.slots.len());
        let mut touched = self.touched & !bit(63);
        while touched != 0 {
            let index = touched.trailing_zeros() as usize;
            touched &= touched - 1;
            match (self.slots.get_mut(index), from.slots.get(index)) {
                (Some(slot), Some(source)) => slot.clone_from(source),
                (None, Some(_)) => self.extend(from),
                _ => {}
            }
        }
        if self.touched & bit(63) != 0 {
            self.slots.truncate(63);
        }
        self.extend(from);
        self.touched = 0;
    }

    fn extend(&mut self, from: &Self) {
        let have = self.slots.len();
        if have < from.slots.len() {
            self.slots.extend_from_slice(&from.slots[have..]);
        }
    }
}

#[inline]
fn bit(index: usize) -> u64 {
    1 << index.min(63)
}

impl<I: Id, T> Index<I> for Table<I, T> {
    type Output = T;
    #[inline]
    fn index(&self, id: I) -> &T {
        self.get(id).expect("an id that the kernel holds names a live object")
    }
}

impl<I: Id, T> IndexMut<I> for Table<I, T> {
    #[inline]
    fn index_mut(&mut self, id: I) -> &mut T {
        self.get_mut(id).expect("an id that the kernel holds names a live object")
    }
}

impl<I, T: Clone> Clone for Table<I, T> {
    #[inline]
    fn clone(&self) -> Self {
        // Most tables are empty, and a search clones all of them.
        let slots = if self.slots.is_empty() { Vec::new() } else { self.slots.clone() };
        Table { slots, touched: 0, id: PhantomData }
    }
    fn clone_from(&mut self, source: &Self) {
        self.slots.clone_from(&source.slots);
        self.touched = 0;
    }
}

impl<I: Id, T> Default for Table<I, T> {
    fn default() -> Self {
        Table::new()
    }
}

impl<I, T: PartialEq> PartialEq for Table<I, T> {
    fn eq(&self, other: &Self) -> bool {
        self.slots == other.slots
    }
}
impl<I, T: Eq> Eq for Table<I, T> {}

impl<I, T: std::hash::Hash> std::hash::Hash for Table<I, T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.slots.hash(state);
    }
}

impl<I: Id + std::fmt::Debug, T: std::fmt::Debug> std::fmt::Debug for Table<I, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<I, T: Code> Code for Table<I, T> {
    #[inline]
    fn put<S: Sink>(&self, out: &mut S) {
        self.slots.put(out);
    }
    #[inline]
    fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Table { slots: Vec::take(bytes)?, touched: 0, id: PhantomData })
    }
}

#[cfg(feature = "serde")]
mod with_serde {
    use super::{PhantomData, Table};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    impl<I, T: Serialize> Serialize for Table<I, T> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.slots.serialize(serializer)
        }
    }

    impl<'de, I, T: Deserialize<'de>> Deserialize<'de> for Table<I, T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(Table { slots: Vec::deserialize(deserializer)?, touched: 0, id: PhantomData })
        }
    }
}

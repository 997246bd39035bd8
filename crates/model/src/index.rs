//! Indices into the lists of a plan and a recording, each a type of its own, and a list that only
//! its own index type can address.

use std::fmt::Debug;
use std::iter::FromIterator;
use std::marker::PhantomData;
use std::ops;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A position in a list, from 0 on.
pub trait Index: Copy + Debug {
    /// The index of a position.
    fn from_position(position: usize) -> Self;
    /// The position.
    fn position(self) -> usize;
}

macro_rules! index_types {
    ($($(#[$documentation:meta])* $name:ident)*) => {$(
        $(#[$documentation])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize,
            Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(pub usize);

        impl Index for $name {
            fn from_position(position: usize) -> Self {
                Self(position)
            }

            fn position(self) -> usize {
                self.0
            }
        }
    )*};
}

index_types! {
    /// An arm, by its position in [`crate::plan::Plan::arms`].
    ArmIndex
    /// A target, by its position in [`crate::plan::Plan::targets`].
    TargetIndex
    /// A driver, by its position in [`crate::recording::RecordingHeader::drivers`].
    DriverIndex
}

/// A list addressed by one index type, such as one value for each arm of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexVec<I, T> {
    values: Vec<T>,
    index: PhantomData<fn(I)>,
}

impl<I: Index, T> IndexVec<I, T> {
    /// A list of `length` copies of a value.
    pub fn filled(value: T, length: usize) -> Self
    where
        T: Clone,
    {
        Self::from(vec![value; length])
    }

    /// The value at an index, if the list reaches that far.
    pub fn get(&self, index: I) -> Option<&T> {
        self.values.get(index.position())
    }

    /// How many values there are.
    pub const fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no value.
    pub const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Appends a value and returns its index.
    pub fn push(&mut self, value: T) -> I {
        self.values.push(value);
        I::from_position(self.values.len() - 1)
    }

    /// Appends values until there are `length`.
    pub fn grow(&mut self, length: usize, value: impl FnMut() -> T) {
        self.values.resize_with(length.max(self.values.len()), value);
    }

    /// The values, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.values.iter()
    }

    /// The values with their indices, in order.
    pub fn iter_enumerated(&self) -> impl Iterator<Item = (I, &T)> {
        self.values.iter().enumerate().map(|(position, value)| (I::from_position(position), value))
    }

    /// The values as a slice.
    pub const fn as_slice(&self) -> &[T] {
        self.values.as_slice()
    }

    /// The values without their indices.
    pub fn into_vec(self) -> Vec<T> {
        self.values
    }
}

impl<I, T> Default for IndexVec<I, T> {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<I, T> From<Vec<T>> for IndexVec<I, T> {
    fn from(values: Vec<T>) -> Self {
        Self { values, index: PhantomData }
    }
}

impl<I, T> FromIterator<T> for IndexVec<I, T> {
    fn from_iter<V: IntoIterator<Item = T>>(values: V) -> Self {
        Self::from(values.into_iter().collect::<Vec<T>>())
    }
}

impl<I: Index, T> ops::Index<I> for IndexVec<I, T> {
    type Output = T;

    fn index(&self, index: I) -> &T {
        &self.values[index.position()]
    }
}

impl<I: Index, T> ops::IndexMut<I> for IndexVec<I, T> {
    fn index_mut(&mut self, index: I) -> &mut T {
        &mut self.values[index.position()]
    }
}

impl<'a, I, T> IntoIterator for &'a IndexVec<I, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serializes_an_index_as_a_plain_number() {
        assert_eq!(serde_json::to_string(&ArmIndex(3)).expect("serializes"), "3");
        assert_eq!(serde_json::from_str::<TargetIndex>("1").expect("reads"), TargetIndex(1));
    }

    #[test]
    fn addresses_values_by_their_own_index() {
        let mut drivers: IndexVec<DriverIndex, &str> = IndexVec::default();
        let python = drivers.push("python");
        let node = drivers.push("node");
        assert_eq!((drivers[python], drivers[node]), ("python", "node"));
        assert_eq!(drivers.get(DriverIndex(2)), None);
        drivers.grow(3, || "go");
        drivers[node] = "deno";
        let all: Vec<(DriverIndex, &str)> =
            drivers.iter_enumerated().map(|(index, &name)| (index, name)).collect();
        assert_eq!(all, [(python, "python"), (node, "deno"), (DriverIndex(2), "go")]);
    }
}

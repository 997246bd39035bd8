//! Closed lists: one macro that defines an enum together with its names.
//!
//! A list is written once; its order, names, descriptions, serialised form and schema follow from
//! it. What is kept for each entry of a list goes into the list's `PerX<T>`.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

pub use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::ser::SerializeMap;
pub use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An enum whose entries are all known, each with a name that never changes.
pub trait ClosedList: Copy + 'static {
    /// The name of the list.
    const LIST: &'static str;
    /// What the list is for.
    const ABOUT: &'static str;
    /// Every entry, in order.
    const ENTRIES: &'static [Self];
    /// The names, in the same order.
    const NAMES: &'static [&'static str];

    /// The entry's place in the list, from 0 on.
    fn place(self) -> usize;

    /// What the entry means; empty where its name is enough.
    fn about(self) -> &'static str;

    /// The entry's name, as files and protocols write it.
    fn entry_name(self) -> &'static str {
        Self::NAMES[self.place()]
    }

    /// The entry with this name.
    fn find(name: &str) -> Option<Self> {
        let place = Self::NAMES.iter().position(|known| *known == name)?;
        Self::ENTRIES.get(place).copied()
    }
}

/// A name that is not in a closed list.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{name}` is not a {list}")]
pub struct UnknownName {
    /// The list.
    pub list: &'static str,
    /// The name.
    pub name: String,
}

/// Finds an entry by its name.
///
/// # Errors
/// When the list has no entry of that name.
pub fn parse<L: ClosedList>(name: &str) -> Result<L, UnknownName> {
    L::find(name).ok_or_else(|| UnknownName { list: L::LIST, name: name.to_owned() })
}

/// Reads an entry by its name.
///
/// # Errors
/// When the list has no entry of that name.
pub fn deserialize<'de, L: ClosedList, D: Deserializer<'de>>(from: D) -> Result<L, D::Error> {
    struct ByName<L>(PhantomData<L>);

    impl<L: ClosedList> Visitor<'_> for ByName<L> {
        type Value = L;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(formatter, "the name of a {}", L::LIST)
        }

        fn visit_str<E: Error>(self, name: &str) -> Result<L, E> {
            L::find(name).ok_or_else(|| E::unknown_variant(name, L::NAMES))
        }
    }

    from.deserialize_str(ByName(PhantomData))
}

/// The schema of a list: its names, with what they mean.
pub fn schema<L: ClosedList>() -> Schema {
    if L::ENTRIES.iter().all(|entry| entry.about().is_empty()) {
        return json_schema!({ "description": L::ABOUT, "type": "string", "enum": L::NAMES });
    }
    let of_entry = |entry: &L| {
        json_schema!({
            "description": entry.about(),
            "type": "string",
            "const": entry.entry_name(),
        })
    };
    let entries: Vec<Schema> = L::ENTRIES.iter().map(of_entry).collect();
    json_schema!({ "description": L::ABOUT, "oneOf": entries })
}

/// A value for each of the `N` entries of a list: an array that the list indexes. It serialises as
/// an object whose keys are the names.
///
/// Each list has a name of its own for it, as `PerPhase<T>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Per<L, T, const N: usize> {
    values: [T; N],
    list: PhantomData<L>,
}

impl<L: ClosedList, T, const N: usize> Per<L, T, N> {
    /// Makes the value of each entry.
    pub fn from_fn(mut value: impl FnMut(L) -> T) -> Self {
        Self::new(std::array::from_fn(|place| value(L::ENTRIES[place])))
    }

    const fn new(values: [T; N]) -> Self {
        Self { values, list: PhantomData }
    }

    /// Each entry with its value, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (L, &T)> {
        L::ENTRIES.iter().copied().zip(&self.values)
    }

    /// The values, in order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.values.iter()
    }

    /// The values, in order, to change them.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut T> {
        self.values.iter_mut()
    }

    /// What a function makes of each value.
    pub fn map<U>(self, function: impl FnMut(T) -> U) -> Per<L, U, N> {
        Per::new(self.values.map(function))
    }
}

impl<L: ClosedList, T, const N: usize> IntoIterator for Per<L, T, N> {
    type Item = (L, T);
    type IntoIter =
        std::iter::Zip<std::iter::Copied<std::slice::Iter<'static, L>>, std::array::IntoIter<T, N>>;

    fn into_iter(self) -> Self::IntoIter {
        L::ENTRIES.iter().copied().zip(self.values)
    }
}

impl<L: ClosedList, T: Default, const N: usize> Default for Per<L, T, N> {
    fn default() -> Self {
        Self::from_fn(|_| T::default())
    }
}

impl<L: ClosedList, T, const N: usize> Index<L> for Per<L, T, N> {
    type Output = T;

    fn index(&self, entry: L) -> &T {
        &self.values[entry.place()]
    }
}

impl<L: ClosedList, T, const N: usize> IndexMut<L> for Per<L, T, N> {
    fn index_mut(&mut self, entry: L) -> &mut T {
        &mut self.values[entry.place()]
    }
}

impl<L: ClosedList, T: Serialize, const N: usize> Serialize for Per<L, T, N> {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        let mut object = into.serialize_map(Some(N))?;
        for (entry, value) in self.iter() {
            object.serialize_entry(entry.entry_name(), value)?;
        }
        object.end()
    }
}

impl<L: ClosedList, T: JsonSchema, const N: usize> JsonSchema for Per<L, T, N> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Per{}Of{}", L::LIST, T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut properties = serde_json::Map::new();
        for entry in L::ENTRIES {
            let mut value = generator.subschema_for::<T>();
            value.insert("description".to_owned(), entry.about().into());
            properties.insert(entry.entry_name().to_owned(), value.to_value());
        }
        json_schema!({ "type": "object", "properties": properties })
    }
}

/// Joins the lines of a doc comment, each of which begins with a space.
#[macro_export]
#[doc(hidden)]
macro_rules! joined_doc_lines {
    ($($line:literal)+) => { concat!($($line),+).trim_ascii_start() };
}

/// Writes and reads an enum that is a [`ClosedList`] by its names.
#[macro_export]
macro_rules! by_name {
    ($List:ident) => {
        impl std::fmt::Display for $List {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad($crate::ClosedList::entry_name(*self))
            }
        }

        impl std::str::FromStr for $List {
            type Err = $crate::UnknownName;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                $crate::parse(name)
            }
        }

        impl $crate::Serialize for $List {
            fn serialize<S: $crate::Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
                into.serialize_str($crate::ClosedList::entry_name(*self))
            }
        }

        impl<'de> $crate::Deserialize<'de> for $List {
            fn deserialize<D: $crate::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::deserialize(from)
            }
        }

        impl $crate::JsonSchema for $List {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($List).into()
            }

            fn json_schema(_: &mut $crate::SchemaGenerator) -> $crate::Schema {
                $crate::schema::<Self>()
            }
        }
    };
}

/// Defines an enum as a closed list: every entry once, with its name and its doc comment.
///
/// The enum gets `ALL`, `COUNT`, `index`, `name`, `from_name`, `Display`, `FromStr`, serde and
/// `JsonSchema` by the names; the doc comments become the schema's descriptions. `with PerX` names
/// the type that holds a value for each entry, a [`Per`].
///
/// ```
/// closed_list::closed_list! {
///     /// A colour of a traffic light.
///     pub enum Light with PerLight {
///         /// Stop.
///         Red = "red",
///         /// Drive.
///         Green = "green",
///     }
/// }
///
/// assert_eq!(Light::ALL.map(Light::name), ["red", "green"]);
/// assert_eq!("green".parse(), Ok(Light::Green));
/// let seconds = PerLight::from_fn(|light| if light == Light::Red { 30 } else { 20 });
/// assert_eq!(seconds[Light::Green], 20);
/// ```
#[macro_export]
macro_rules! closed_list {
    (
        $(#[doc = $list_doc:literal])+
        $vis:vis enum $List:ident $(with $Per:ident)? {
            $(
                $(#[doc = $entry_doc:literal])+
                $Entry:ident = $name:literal,
            )+
        }
    ) => {
        $(#[doc = $list_doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $List {
            $(
                $(#[doc = $entry_doc])+
                $Entry,
            )+
        }

        impl $List {
            /// How many entries there are.
            $vis const COUNT: usize = [$($name),+].len();

            /// Every entry, in order.
            $vis const ALL: [Self; Self::COUNT] = [$(Self::$Entry),+];

            /// The entry's place in the list, from 0 on.
            $vis const fn index(self) -> usize {
                self as usize
            }

            /// The entry's name, as files and protocols write it.
            $vis const fn name(self) -> &'static str {
                match self {
                    $(Self::$Entry => $name,)+
                }
            }

            /// The entry with this name.
            $vis fn from_name(name: &str) -> Option<Self> {
                <Self as $crate::ClosedList>::find(name)
            }
        }

        // A private list need not use everything that it gets.
        const _: (fn($List) -> &'static str, fn(&str) -> Option<$List>) =
            ($List::name, $List::from_name);

        impl $crate::ClosedList for $List {
            const LIST: &'static str = stringify!($List);
            const ABOUT: &'static str = $crate::joined_doc_lines!($($list_doc)+);
            const ENTRIES: &'static [Self] = &Self::ALL;
            const NAMES: &'static [&'static str] = &[$($name),+];

            fn place(self) -> usize {
                self.index()
            }

            fn about(self) -> &'static str {
                match self {
                    $(Self::$Entry => $crate::joined_doc_lines!($($entry_doc)+),)+
                }
            }
        }

        $crate::by_name!($List);

        $(
            #[doc = concat!("A value for each [`", stringify!($List), "`].")]
            $vis type $Per<T> = $crate::Per<$List, T, { $List::COUNT }>;
        )?
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::closed_list! {
        /// A suit of cards.
        enum Suit with PerSuit {
            /// The first
            /// of two.
            Hearts = "hearts",
            /// The last.
            Spades = "spades",
        }
    }

    #[test]
    fn an_entry_is_read_and_written_by_its_name() {
        assert_eq!(serde_json::to_string(&Suit::ALL).expect("is JSON"), r#"["hearts","spades"]"#);
        assert_eq!(serde_json::from_str::<Suit>(r#""spades""#).expect("is known"), Suit::Spades);
        let error = serde_json::from_str::<Suit>(r#""clubs""#).expect_err("is unknown");
        assert!(error.to_string().contains("expected `hearts` or `spades`"), "{error}");
        let error = "clubs".parse::<Suit>().expect_err("is unknown").to_string();
        assert_eq!(error, "`clubs` is not a Suit");
        assert_eq!((Suit::from_name("hearts"), Suit::COUNT), (Some(Suit::Hearts), 2));
        assert_eq!(format!("{:>8}", Suit::Hearts), "  hearts");
    }

    #[test]
    fn a_schema_describes_each_entry_by_its_doc_comment() {
        let schema = schema::<Suit>().to_value();
        assert_eq!(schema["description"], "A suit of cards.");
        assert_eq!(schema["oneOf"][0]["description"], "The first of two.");
        assert_eq!(schema["oneOf"][1]["const"], "spades");
    }

    #[test]
    fn a_value_for_each_entry_is_an_object() {
        let mut lengths = PerSuit::from_fn(|suit| suit.name().len());
        lengths[Suit::Spades] += 1;
        let json = serde_json::to_string(&lengths).expect("is JSON");
        assert_eq!(json, r#"{"hearts":6,"spades":7}"#);
        assert_eq!(lengths.map(|length| length % 2).values().sum::<usize>(), 1);
    }
}

//! The requests of a target, in little memory: a batch of a million has them in several processes.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Request;
use crate::packed::rows::WrittenRows;
use crate::packed::{Forms, LEAST_PACKED, SplitText, for_each_row, join, write_rows};

/// A list of requests, which costs nothing to clone. Those that differ by a number take a few bytes each.
#[derive(Clone, Default)]
pub struct Requests(Arc<Compact>);

/// What the requests are made of.
#[derive(Default)]
struct Compact {
    /// The methods and bodies that occur.
    kinds: Vec<(String, Option<String>)>,
    /// The URLs without their last number.
    forms: Vec<(String, String)>,
    all: Vec<Entry>,
}

/// One request.
#[derive(Clone, Copy)]
struct Entry {
    kind: u32,
    form: u32,
    number: u64,
}

/// Where a URL has no number. A number in a form has fewer digits.
const NO_NUMBER: u64 = u64::MAX;

/// Takes one request after another.
#[derive(Default)]
struct Builder {
    kinds: HashMap<(String, Option<String>), u32>,
    last_kind: u32,
    forms: Forms,
    compact: Compact,
}

impl Builder {
    fn push(&mut self, Request { method, url, body }: Request) {
        let kind = self.kind(method, body);
        let SplitText { form, number } = self.forms.split(&url);
        let number = number.unwrap_or(NO_NUMBER);
        // There are at most as many forms as requests, of which a size of 32 bits holds the number.
        self.compact.all.push(Entry { kind, form: form as u32, number });
    }

    fn kind(&mut self, method: String, body: Option<String>) -> u32 {
        let kind = (method, body);
        if self.compact.kinds.get(self.last_kind as usize) == Some(&kind) {
            return self.last_kind;
        }
        let next = self.compact.kinds.len() as u32;
        self.last_kind = *self.kinds.entry(kind.clone()).or_insert(next);
        if self.last_kind == next {
            self.compact.kinds.push(kind);
        }
        self.last_kind
    }

    fn finish(mut self) -> Requests {
        self.compact.forms = self.forms.into_all();
        self.compact.all.shrink_to_fit();
        Requests(Arc::new(self.compact))
    }
}

impl Requests {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.all.is_empty()
    }

    /// The request at a place, from 0 on.
    pub fn get(&self, place: usize) -> Option<Request> {
        self.0.all.get(place).map(|&entry| self.0.request(entry))
    }

    /// The first request.
    pub fn first(&self) -> Option<Request> {
        self.get(0)
    }

    /// The requests, in order.
    pub fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = Request> + ExactSizeIterator + Clone + '_ {
        self.0.all.iter().map(|&entry| self.0.request(entry))
    }
}

impl Requests {
    /// Changes the requests, each with its place.
    pub fn edit(&mut self, mut change: impl FnMut(usize, &mut Request)) {
        let changed = self.iter().enumerate().map(|(place, mut request)| {
            change(place, &mut request);
            request
        });
        *self = changed.collect();
    }
}

impl Compact {
    fn request(&self, Entry { kind, form, number }: Entry) -> Request {
        let (method, body) = self.kinds[kind as usize].clone();
        let number = Some(number).filter(|&number| number != NO_NUMBER);
        let url = join(&self.forms, SplitText { form: form.into(), number }).unwrap_or_default();
        Request { method, url, body }
    }
}

impl FromIterator<Request> for Requests {
    fn from_iter<I: IntoIterator<Item = Request>>(requests: I) -> Self {
        let mut builder = Builder::default();
        requests.into_iter().for_each(|request| builder.push(request));
        builder.finish()
    }
}

impl From<Vec<Request>> for Requests {
    fn from(requests: Vec<Request>) -> Self {
        requests.into_iter().collect()
    }
}

impl PartialEq for Requests {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.iter().eq(other.iter())
    }
}

impl Eq for Requests {}

impl fmt::Debug for Requests {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

/// Writes them one by one, as drivers get them.
impl Serialize for Requests {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        into.collect_seq(self.iter())
    }
}

impl Requests {
    /// Writes them packed where they are many, as recordings hold them.
    pub(super) fn serialize_packed<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        if self.len() < LEAST_PACKED {
            return self.serialize(into);
        }
        write_rows(self.iter()).map_err(S::Error::custom)?.serialize(into)
    }
}

impl<'de> Deserialize<'de> for Requests {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match WrittenRows::deserialize(from)? {
            WrittenRows::Plain(requests) => Ok(Self::from(requests)),
            WrittenRows::Packed(table) => {
                let mut builder = Builder::default();
                for_each_row(&table, |request| builder.push(request)).map_err(D::Error::custom)?;
                Ok(builder.finish())
            }
        }
    }
}

impl JsonSchema for Requests {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        Vec::<Request>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Vec<Request>>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn request() -> impl Strategy<Value = Request> {
        let body = proptest::option::of("[a0]{0,2}");
        ("GET|POST", "http://h(/[a0-9]{0,3}){0,3}", body).prop_map(|(method, url, body)| Request {
            method,
            url,
            body,
        })
    }

    proptest! {
        #[test]
        fn gives_back_what_it_took(requests in proptest::collection::vec(request(), 0..20)) {
            let compact = Requests::from(requests.clone());
            prop_assert_eq!((compact.len(), compact.first()), (requests.len(), requests.first().cloned()));
            prop_assert_eq!(compact.get(requests.len()), None);
            prop_assert_eq!(compact.iter().collect::<Vec<_>>(), requests);
        }
    }

    #[test]
    fn requests_that_differ_by_a_number_share_their_texts() {
        let request = |number| Request {
            method: "GET".to_owned(),
            url: format!("http://h/todos/{number}"),
            body: None,
        };
        let requests: Requests = (0..2000).map(request).collect();
        assert_eq!((requests.0.kinds.len(), requests.0.forms.len()), (1, 1));
    }
}

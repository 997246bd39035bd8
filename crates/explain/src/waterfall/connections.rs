//! Numbers the connections of a waterfall. Client and witness number connections independently: the
//! numbers are matched through the requests that both know.

use std::collections::BTreeMap;

use evidence::path::ConnectionKey;

use super::ConnectionNumber;

/// The keys of one request's connection: by the client, and by the witness.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ConnectionKeys {
    pub(super) client: Option<ConnectionKey>,
    pub(super) witness: Option<ConnectionKey>,
}

/// The numbers of connections, in the order in which they are asked for.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    /// The witness's key for each key of the client.
    known_as: BTreeMap<ConnectionKey, ConnectionKey>,
    numbers: BTreeMap<ConnectionKey, ConnectionNumber>,
}

impl Numbering {
    pub(super) fn new(keys: impl Iterator<Item = ConnectionKeys>) -> Self {
        let pairs = keys.filter_map(|keys| keys.client.zip(keys.witness));
        Self { known_as: pairs.collect(), numbers: BTreeMap::new() }
    }

    pub(super) fn number(&mut self, keys: ConnectionKeys) -> Option<ConnectionNumber> {
        let by_client = |client: ConnectionKey| self.known_as.get(&client).copied();
        let key = keys.witness.or_else(|| {
            let client = keys.client?;
            Some(by_client(client).unwrap_or(client))
        })?;
        let next = ConnectionNumber(self.numbers.len() + 1);
        Some(*self.numbers.entry(key).or_insert(next))
    }

    /// How many connections have a number.
    pub(super) fn count(&self) -> usize {
        self.numbers.len()
    }
}

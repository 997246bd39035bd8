//! Follows a TLS connection by the heads of its records, which are not encrypted (RFC 8446, section 5.1;
//! RFC 5246, section 6.2).
//!
//! In TLS 1.3 the server's handshake continues in records of application data, and the client's first
//! such record ends the handshake. In TLS 1.2 each side ends it by a handshake record after its change of
//! the cipher; the server does so first where a session is resumed.

use model::time::Moment;
use model::witness::TlsAgreement;

use crate::event::Record;

const CHANGE_CIPHER: u8 = 20;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;
/// A server that sends fewer bytes than this in the encrypted part of its handshake sends no
/// certificate: the session is resumed. Without one they are about 100; with one more than 400.
const LEAST_WITH_CERTIFICATE: u32 = 300;

/// A record that is not longer holds an alert or a key update, never a request: 19 to 26 bytes.
const SHORTEST_REQUEST: u16 = 32;

/// One side of the handshake.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    has_changed_cipher: bool,
    is_finished: bool,
}

/// The TLS state of a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tls {
    pub(crate) securing: Option<Moment>,
    /// When a record ended the handshake.
    finished: Option<Moment>,
    client: Side,
    server: Side,
    is_three: bool,
    is_resumed: bool,
    certificate_bytes: u32,
    /// What OpenSSL says, where it can be asked.
    agreed: Option<TlsAgreement>,
    agreed_at: Option<Moment>,
}

impl Tls {
    /// Follows what the client wrote. Returns how many of the records are not part of the handshake.
    pub(crate) fn write(&mut self, records: &[Record], begin: Moment, end: Moment) -> usize {
        records.iter().filter(|record| self.write_one(**record, begin, end)).count()
    }

    fn write_one(&mut self, record: Record, begin: Moment, end: Moment) -> bool {
        match record.content {
            HANDSHAKE => {
                self.securing.get_or_insert(begin);
                self.client.is_finished |= self.client.has_changed_cipher && !self.is_three;
                self.end_older(end);
            }
            CHANGE_CIPHER => self.client.has_changed_cipher = true,
            APPLICATION_DATA if self.is_three && !self.client.is_finished => {
                self.client.is_finished = true;
                self.is_resumed = self.certificate_bytes < LEAST_WITH_CERTIFICATE;
                self.finished.get_or_insert(end);
            }
            APPLICATION_DATA => return record.length > SHORTEST_REQUEST,
            _ => {}
        }
        false
    }

    /// Follows what the client read. Returns the records that are not part of the handshake.
    pub(crate) fn read(&mut self, records: &[Record], end: Moment) -> Vec<Record> {
        records.iter().copied().filter(|record| self.read_one(*record, end)).collect()
    }

    fn read_one(&mut self, record: Record, end: Moment) -> bool {
        match record.content {
            HANDSHAKE => {
                self.server.is_finished |= self.server.has_changed_cipher;
                self.is_resumed |= self.server.is_finished && !self.client.has_changed_cipher;
                self.end_older(end);
            }
            CHANGE_CIPHER => self.server.has_changed_cipher = true,
            APPLICATION_DATA if !self.client.is_finished => {
                self.is_three = true;
                self.certificate_bytes += u32::from(record.length);
            }
            APPLICATION_DATA => return true,
            _ => {}
        }
        false
    }

    /// The handshake of TLS 1.2 is over when both sides have finished.
    fn end_older(&mut self, end: Moment) {
        if self.client.is_finished && self.server.is_finished {
            self.finished.get_or_insert(end);
        }
    }

    /// Takes over what OpenSSL says at the end of its handshake.
    pub(crate) fn agree(&mut self, version: u16, resumed: bool, end: Moment) {
        if self.agreed.is_none() {
            self.agreed_at = Some(end);
            self.agreed = version_name(version).map(|version| TlsAgreement {
                version: version.to_owned(),
                resumed,
                alpn: None,
            });
        }
    }

    /// When the handshake was over: with the record that ended it. OpenSSL may be done before, where it is
    /// the client that writes what OpenSSL made, as in asyncio.
    pub(crate) fn secured(&self) -> Option<Moment> {
        self.finished.or(self.agreed_at)
    }

    /// What was negotiated, once the handshake is over.
    pub(crate) fn agreement(&self) -> Option<TlsAgreement> {
        self.secured()?;
        let version = if self.is_three { "TLSv1.3" } else { "TLSv1.2" };
        let seen = TlsAgreement { version: version.into(), resumed: self.is_resumed, alpn: None };
        Some(self.agreed.clone().unwrap_or(seen))
    }

    /// Whether session tickets may come before the first response: in TLS 1.3 they follow the handshake.
    pub(crate) const fn may_send_tickets(&self) -> bool {
        self.is_three
    }
}

const fn version_name(version: u16) -> Option<&'static str> {
    match version {
        0x0304 => Some("TLSv1.3"),
        0x0303 => Some("TLSv1.2"),
        0x0302 => Some("TLSv1.1"),
        0x0301 => Some("TLSv1"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Moment {
        Moment::from_nanos(millis * 1_000_000)
    }

    fn records(records: &[(u8, u16)]) -> Vec<Record> {
        records.iter().map(|&(content, length)| Record { content, length }).collect()
    }

    /// A full handshake of OpenSSL, and one request.
    #[test]
    fn follows_tls_1_3() {
        let mut tls = Tls::default();
        assert_eq!(tls.write(&records(&[(22, 512)]), at(1), at(2)), 0);
        let server = [(22, 122), (20, 1), (23, 23), (23, 900), (23, 281), (23, 53)];
        assert_eq!(tls.read(&records(&server), at(20)), []);
        assert_eq!(tls.write(&records(&[(20, 1), (23, 53), (23, 150)]), at(21), at(22)), 1);
        assert_eq!((tls.securing, tls.secured()), (Some(at(1)), Some(at(22))));
        let agreement = tls.agreement().expect("is over");
        assert_eq!((&*agreement.version, agreement.resumed), ("TLSv1.3", false));
        assert_eq!(tls.read(&records(&[(23, 234), (23, 234), (23, 300)]), at(40)).len(), 3);
    }

    #[test]
    fn a_handshake_without_a_certificate_is_resumed() {
        let mut tls = Tls::default();
        tls.write(&records(&[(22, 512)]), at(1), at(2));
        tls.read(&records(&[(22, 128), (20, 1), (23, 23), (23, 53)]), at(20));
        tls.write(&records(&[(20, 1), (23, 53)]), at(21), at(22));
        assert!(tls.agreement().expect("is over").resumed);
    }

    #[test]
    fn follows_tls_1_2_full_and_resumed() {
        let mut full = Tls::default();
        full.write(&records(&[(22, 512)]), at(1), at(1));
        full.read(&records(&[(22, 69), (22, 822), (22, 300), (22, 4)]), at(2));
        full.write(&records(&[(22, 37), (20, 1), (22, 40)]), at(3), at(3));
        assert_eq!(full.agreement(), None);
        full.read(&records(&[(22, 202), (20, 1), (22, 40)]), at(4));
        assert_eq!(full.secured(), Some(at(4)));
        assert!(!full.agreement().expect("is over").resumed);
        assert_eq!(full.write(&records(&[(23, 150)]), at(5), at(5)), 1);

        let mut resumed = Tls::default();
        resumed.write(&records(&[(22, 512)]), at(1), at(1));
        resumed.read(&records(&[(22, 96), (20, 1), (22, 40)]), at(2));
        resumed.write(&records(&[(20, 1), (22, 40)]), at(3), at(3));
        let agreement = resumed.agreement().expect("is over");
        assert_eq!((&*agreement.version, agreement.resumed), ("TLSv1.2", true));
    }

    #[test]
    fn believes_openssl_where_it_can_be_asked() {
        let mut tls = Tls::default();
        tls.write(&records(&[(22, 512)]), at(1), at(2));
        tls.agree(0x0304, true, at(30));
        tls.agree(0, false, at(50));
        let agreement = tls.agreement().expect("is over");
        assert_eq!((&*agreement.version, agreement.resumed), ("TLSv1.3", true));
        assert_eq!(tls.secured(), Some(at(30)));
        tls.read(&records(&[(22, 128), (20, 1), (23, 23), (23, 53)]), at(20));
        tls.write(&records(&[(20, 1), (23, 53)]), at(31), at(32));
        assert_eq!(tls.secured(), Some(at(32)), "the client writes the last record itself");
    }
}

//! Why nothing is predicted.

/// Why nothing is predicted for an arm.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// None of its requests was observed.
    Unobserved,
    /// The replay of what was measured is this far off, as a share of the batch.
    NotCalibrated {
        /// By how much.
        error: f64,
    },
    /// Its strategy does not know the condition.
    NoCondition {
        /// The condition.
        condition: String,
    },
    /// A value that the condition or setting does not accept.
    BadValue {
        /// The condition.
        condition: String,
        /// The value.
        value: String,
    },
    /// A setting of the embedded endpoint, and the arm's server is another one.
    NotEmbedded {
        /// The setting.
        setting: String,
    },
    /// The model does not know what the condition does.
    NotModelled {
        /// The condition.
        condition: String,
        /// The value.
        value: String,
    },
    /// The embedded endpoint of the recording does not offer HTTP/2.
    Http2NotOffered,
    /// Connections would have to be opened, and none was seen to be.
    OpeningUnseen,
    /// Handshakes would be needed that were not seen.
    HandshakeUnseen,
    /// It is not known how long a round trip takes, because no connection was opened.
    RoundTripUnknown,
    /// It is not known how many bytes the responses have.
    BytesUnknown,
}

//! What each client does differently over HTTP/2, where a recording does not show it: `cargo xtask http-work` measures
//! it.

use std::sync::LazyLock;

use evidence::setting::Session;
use replay::{Multiplexing, Sharing, Version, WorkRatio};
use serde::{Deserialize, Serialize};

/// What `cargo xtask http-work --publish` wrote.
const MEASURED: &str = include_str!("http_clients.json");

static CLIENTS: LazyLock<Vec<MeasuredClient>> =
    LazyLock::new(|| serde_json::from_str(MEASURED).unwrap_or_default());

/// By how many standard deviations a ratio in another recording differs from the mean at most.
const DEVIATIONS: f64 = 2.0;
/// The standard deviation of the logarithms of ratios that were measured too few times to show it.
const USUAL_SPREAD: f64 = 0.15;

/// What was measured of a client over HTTP/1.1 and HTTP/2.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MeasuredClient {
    /// The client: the first part of the names of its strategies.
    pub client: String,
    /// Whether one connection carries several requests at once where it was open before the batch.
    pub shares_kept: bool,
    /// Whether it does where it is opened in the batch: a client may have each request open its own.
    pub shares_opened: bool,
    /// Whether a new connection carries one request only until the server's SETTINGS have arrived.
    pub awaits_settings: bool,
    /// Whether requests that are written at once leave together.
    pub writes_together: bool,
    /// How many times as long the client works for a request over HTTP/2, in each recording of a warm session.
    pub request_kept: Vec<f64>,
    /// The same of a cold session, in which much of the work is that of connections.
    pub request_opened: Vec<f64>,
    /// How many times as long it works for the opening of a connection, in each recording.
    pub opening: Vec<f64>,
}

impl MeasuredClient {
    /// How many times as long it works for a request over HTTP/2; none where no recording shows it.
    pub fn request_ratio(&self, session: Session) -> Option<WorkRatio> {
        match session {
            Session::Cold => ratio(&self.request_opened),
            Session::Warm => ratio(&self.request_kept),
        }
    }

    /// How many times as long it works for the opening of a connection over HTTP/2; none where no recording shows it.
    pub fn opening_ratio(&self) -> Option<WorkRatio> {
        ratio(&self.opening)
    }
}

/// The change of a strategy from HTTP/1.1 to HTTP/2. The server allows `streams` streams at once on a connection.
pub(super) fn to_http2(strategy: &str, session: Session, streams: usize) -> Version {
    let known = find(strategy);
    // A client that is not known does what most do.
    let shared = Multiplexing {
        streams,
        awaits_settings: known.is_some_and(|client| client.awaits_settings),
        writes_together: known.is_some_and(|client| client.writes_together),
    };
    let shares = known.is_none_or(|client| match session {
        Session::Cold => client.shares_opened,
        Session::Warm => client.shares_kept,
    });
    Version {
        has_streams: true,
        sharing: if shares { Sharing::Multiplexed(shared) } else { Sharing::InTurn },
        request: ratio_of(known, |client| client.request_ratio(session)),
        opening: ratio_of(known, MeasuredClient::opening_ratio),
    }
}

/// The change of a strategy from HTTP/2 to HTTP/1.1, with such a session.
pub(super) fn to_http1(strategy: &str, session: Session) -> Version {
    let Version { request, opening, .. } = to_http2(strategy, session, usize::MAX);
    Version {
        has_streams: false,
        sharing: Sharing::InTurn,
        request: request.inverse(),
        opening: opening.inverse(),
    }
}

fn find(strategy: &str) -> Option<&'static MeasuredClient> {
    let client = strategy.split_once('/').map_or(strategy, |(client, _)| client);
    CLIENTS.iter().find(|known| known.client == client)
}

/// The ratio of a client, or of any where it is not known.
fn ratio_of(
    known: Option<&MeasuredClient>,
    of: impl Fn(&MeasuredClient) -> Option<WorkRatio>,
) -> WorkRatio {
    known.and_then(&of).unwrap_or_else(|| any(&of))
}

/// What a client may do of which nothing is known: as much more or less as any that was measured.
fn any(of: impl Fn(&MeasuredClient) -> Option<WorkRatio>) -> WorkRatio {
    let known: Vec<WorkRatio> = CLIENTS.iter().filter_map(of).collect();
    let usual = mean_logarithm(known.iter().map(|ratio| ratio.usual));
    WorkRatio {
        usual: usual.map_or(1.0, f64::exp),
        least: known.iter().map(|ratio| ratio.least).fold(1.0, f64::min),
        most: known.iter().map(|ratio| ratio.most).fold(1.0, f64::max),
    }
}

/// The geometric mean of ratios, and the range of another one: the logarithms vary as a normal distribution.
fn ratio(measured: &[f64]) -> Option<WorkRatio> {
    let mean = mean_logarithm(measured.iter().copied())?;
    let count = measured.len() as f64;
    let squares: f64 = measured.iter().map(|ratio| (ratio.ln() - mean).powi(2)).sum();
    let spread = if measured.len() > 2 { (squares / (count - 1.0)).sqrt() } else { USUAL_SPREAD };
    let reach = DEVIATIONS * spread * (1.0 + 1.0 / count).sqrt();
    Some(WorkRatio { usual: mean.exp(), least: (mean - reach).exp(), most: (mean + reach).exp() })
}

fn mean_logarithm(ratios: impl Iterator<Item = f64>) -> Option<f64> {
    let logarithms: Vec<f64> = ratios.map(f64::ln).collect();
    (!logarithms.is_empty()).then(|| logarithms.iter().sum::<f64>() / logarithms.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_measured_clients_can_be_read_and_have_possible_ratios() {
        let read: Vec<MeasuredClient> = serde_json::from_str(MEASURED).expect("reads");
        assert!(!read.is_empty());
        for client in read {
            let ratios =
                client.request_kept.iter().chain(&client.request_opened).chain(&client.opening);
            assert!(ratios.into_iter().all(|&ratio| ratio > 0.0), "{}", client.client);
        }
    }

    #[test]
    fn a_ratio_has_the_range_of_another_recording() {
        let measured = ratio(&[2.0, 1.0, 0.5, 1.0]).expect("is known");
        assert!((measured.usual - 1.0).abs() < 1e-9);
        // The standard deviation of the logarithms is 0.566, of another one with the mean 0.633.
        assert!((measured.most - 3.545).abs() < 0.01, "{}", measured.most);
        assert!((measured.least * measured.most - 1.0).abs() < 1e-9);
        assert_eq!(ratio(&[]), None);
    }

    #[test]
    fn the_way_back_has_the_inverse_ratios() {
        let there = to_http2("own/unknown", Session::Cold, 100);
        let back = to_http1("own/unknown", Session::Cold);
        assert!((there.request.usual * back.request.usual - 1.0).abs() < 1e-9);
        assert!((there.request.most * back.request.least - 1.0).abs() < 1e-9);
        assert_eq!(back.sharing, Sharing::InTurn);
    }
}

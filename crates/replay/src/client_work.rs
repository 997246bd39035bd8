//! What a client works for each request and for each connection: what tells one version of HTTP from another.

use model::time::Span;

use crate::batch::{Batch, Step};

/// The mean work of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientWork {
    /// For a request, from its start to the end of its response.
    pub request: Span,
    /// For the opening of a connection; none where none was opened.
    pub opening: Option<Span>,
}

impl ClientWork {
    /// The work in a batch.
    pub(crate) fn of_batch(batch: &Batch) -> Self {
        let requests = batch.requests.iter().map(|request| {
            let steps = request.before.iter().chain(&request.exchange);
            steps.filter(|step| step.is_computing()).map(|step| step.length).sum()
        });
        let openings: Vec<Span> = batch.opened().map(|opening| work(opening)).collect();
        Self { request: mean(requests).unwrap_or_default(), opening: mean(openings.into_iter()) }
    }

    /// The median of each over the trials of an arm; none without a trial.
    pub(crate) fn median(trials: &[Self]) -> Option<Self> {
        let request = median(trials.iter().map(|work| work.request).collect())?;
        Some(Self {
            request,
            opening: median(trials.iter().filter_map(|work| work.opening).collect()),
        })
    }
}

fn work(steps: &[Step]) -> Span {
    steps.iter().filter(|step| step.is_computing()).map(|step| step.length).sum()
}

fn mean(lengths: impl ExactSizeIterator<Item = Span>) -> Option<Span> {
    let count = lengths.len() as u64;
    let sum: Span = lengths.sum();
    sum.as_nanos().checked_div(count).map(Span::from_nanos)
}

fn median(mut lengths: Vec<Span>) -> Option<Span> {
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{Request, Resource};

    #[test]
    fn the_work_for_requests_and_for_connections_is_told_apart() {
        let step = |resource, millis| Step::new(resource, Span::from_millis(millis));
        let request = |millis| Request {
            before: vec![step(Resource::Client, millis)],
            exchange: vec![step(Resource::Delay, 50), step(Resource::Client, 1)],
            ..Request::default()
        };
        let opening = vec![step(Resource::Delay, 20), step(Resource::Client, 3)];
        let cold = Batch {
            requests: vec![request(1), request(3)],
            openings: vec![opening],
            ..Batch::default()
        };
        let warm = Batch { openings: Vec::new(), ..cold.clone() };
        let millis = Span::from_millis;
        let works = [cold, warm].map(|batch| ClientWork::of_batch(&batch));
        assert_eq!(works[0], ClientWork { request: millis(3), opening: Some(millis(3)) });
        assert_eq!(works[1], ClientWork { request: millis(3), opening: None });
        assert_eq!(ClientWork::median(&works[..1]), Some(works[0]));
        assert_eq!(ClientWork::median(&[]), None);
    }
}

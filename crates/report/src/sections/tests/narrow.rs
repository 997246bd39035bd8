//! What is shown on the narrowest terminal.

use insta::assert_snapshot;
use test_support::sample::Sample;

use super::halves;

#[test]
fn fits_the_narrowest_terminal() {
    assert_snapshot!(halves(&Sample::three_strategies(2), 72).0, @r"
    batch 4: hyper/async is fastest (50.1 ms). ureq/threads is 1.20× slower
    [1.20, 1.20]: 25.2 of 60.1 ms: work before the first request. Create
    session, event loop and threads once, for all batches (session=warm).
    (likely: cold_start) ureq/sequential is 2.00× slower [1.98, 2.02]: 32.7
    of 100 ms: one request at a time. Send the requests concurrently, as
    ureq/threads and hyper/async do. (likely: serial_round_trips)

    embedded endpoint, rtt 11 ms, TLS
    2 cores, A Processor of 2 GHz, Linux 6.1.0, load 0.250, governor
    performance
    socket witness on

    batch 4
    seconds  ureq/sequential  ureq/threads  hyper/async
    count                  2             2            2
    mean            0.100069      0.060068     0.050069
    std             0.000097      0.000097     0.000097
    min             0.100000      0.060000     0.050000
    25%             0.100034      0.060034     0.050034
    50%             0.100069      0.060068     0.050069
    75%             0.100103      0.060103     0.050103
    max             0.100137      0.060137     0.050137

                     ratio    95% interval  connections  verdict
    ureq/sequential      1                            1  baseline
    ureq/threads     0.600  [0.597, 0.604]            4  faster
    hyper/async      0.500  [0.496, 0.505]            4  faster

    batch 4: ureq/sequential is 50.0 ms [50.0, 50.0] slower than
      hyper/async: wait +33.5 [33.5, 33.5], client +16.8 [16.8, 16.8], the
      rest -0.3 [-0.3, -0.3].
    batch 4: ureq/threads is 10.0 ms [10.0, 10.0] slower than hyper/async:
      client +10.0 [10.0, 10.0], the rest within noise (0.0).
    batch 4: ureq/threads is 40.0 ms [40.0, 40.0] faster than
      ureq/sequential: wait -33.5 [-33.5, -33.5], client -6.8 [-6.8, -6.8],
      the rest +0.3 [0.3, 0.3].
    ");
}

#[test]
fn fits_the_paths_and_what_follows_into_the_narrowest_terminal() {
    assert_snapshot!(halves(&Sample::three_strategies(2), 72).1, @r"
    path, ms
      client  queue    dns  connect   tls  send  wait  receive
    ureq/sequential
        32.1  0.000  0.020     11.1  12.1     0  44.7        0
    ureq/threads
        25.3  0.300  0.020     11.1  12.1     0  11.2        0
    hyper/async
        15.3  0.300  0.020     11.1  12.1     0  11.2        0

    requests
      on path  HTTP  connections used  handshakes  CPU ms  CPU share
    ureq/sequential
            4   1.1                 1           1       -          -
    ureq/threads
            1   1.1                 4           4       -          -
    hyper/async
            1   1.1                 4           4       -          -

    bottleneck
      limit             takes ms  next              left ms  replay
    ureq/sequential
      concurrency 69%       33.2  client CPU 17%       67.3      0%
    ureq/threads
      client CPU 42%        25.2  connection setup     34.8   -0.6%
    hyper/async
      connection setup      23.6  client CPU 30%       26.4   -0.7%

    request latency, ms   p50  requests
    ureq/sequential      11.4         8
    ureq/threads         34.7         8
    hyper/async          34.7         8

    findings
      saves 32.7 ms [29.4, 36.0] (predicted), likely serial_round_trips:
      ureq/sequential sends its 4 requests one at a time: 33.5 ms more than
      hyper/async.
        - time of exchanges that waited for the one before them: 33.5 ms
        [33.5, 33.5]
        - time for each request after the first: 11.2 ms
        - requests on the critical path: 4 (hyper/async: 1)
        fix: Send the requests concurrently, as ureq/threads and hyper/async
        do.
      saves 31.2 ms [28.0, 34.4] (predicted), likely cold_start:
      ureq/sequential works before its first request: 15.8 ms more than
      hyper/async.
        - time before the first request starts: 15.8 ms [15.8, 15.8]
        fix: Create session, event loop and threads once, for all batches
        (session=warm).
      saves 25.2 ms [22.6, 27.9] (predicted), likely cold_start:
      ureq/threads works before its first request: 10.0 ms more than
      hyper/async.
        - time before the first request starts: 10.0 ms [10.0, 10.0]
        fix: Create session, event loop and threads once, for all batches
        (session=warm).

    caveat: Only 2 blocks are complete. Fewer than 10 cannot show drift or
      dependence between trials, and one slow trial moves every figure.
      Measure at least 10 blocks (-n 10).
    no controls: how much two equal arms differ on this machine was not
    measured

    Stopped after 2 blocks: every ratio is known to within 2%.
    ");
}

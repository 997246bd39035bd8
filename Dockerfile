# The program in a small image, as a user without rights:
#   docker build -t batchmark . && docker run --rm --init batchmark
FROM rust:1.89-slim-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --locked --release --package batchmark && strip target/release/batchmark

FROM debian:bookworm-slim
RUN useradd --create-home --uid 10001 batchmark && install -d -o batchmark -g batchmark /work
COPY --from=build /source/target/release/batchmark /usr/local/bin/batchmark
COPY LICENSE-APACHE LICENSE-MIT /usr/local/share/doc/batchmark/
USER 10001
# Plans, own code and recordings: docker run -v "$PWD:/work" …
WORKDIR /work
ENTRYPOINT ["batchmark"]

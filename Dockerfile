# syntax=docker/dockerfile:1
# Two images out of one workspace: `--target gateway` (the last one, so also the default) and `--target shop`.
# What Cargo fetches and compiles is kept in caches of the builder, beside the layers: a change costs what `cargo build` costs.

FROM rust:1.95.0-slim-bookworm AS source
WORKDIR /src
# Once for each toolchain, not for each change.
COPY rust-toolchain.toml ./
RUN rustup target add wasm32-wasip2
COPY . .

FROM source AS build-gateway
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --locked --release --package vestibule --bin vestibule \
 && mkdir -p /out/plugins /out/data \
 && cp target/release/vestibule /out/vestibule \
 && names="$(for manifest in plugins/*/Cargo.toml; do basename "$(dirname "$manifest")"; done | grep -vx sdk)" \
 && cargo build --locked --profile plugin --target wasm32-wasip2 $(printf -- '--package %s ' $names) \
 && for name in $names; do \
        cp "target/wasm32-wasip2/plugin/$(echo "$name" | tr - _).wasm" "/out/plugins/$name.wasm" || exit 1; \
        find "plugins/$name" -maxdepth 1 -name '*.toml' ! -name Cargo.toml -exec cp {} /out/plugins/ ';'; \
    done \
 && chmod -R a=rX /out/plugins && chmod 0700 /out/data

FROM source AS build-shop
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/src/target,sharing=locked \
    cargo build --locked --release --package shop --bin shop \
 && mkdir -p /out/data \
 && cp target/release/shop /out/shop \
 && chmod 0700 /out/data

# glibc, libgcc and certificates; no shell, no package manager. User 65532 is `nonroot` there.
FROM gcr.io/distroless/cc-debian12:nonroot AS shop
COPY --from=build-shop /out/shop /usr/bin/shop
COPY --from=build-shop --chown=65532:65532 /out/data /data
ENV SHOP_LISTEN=0.0.0.0:5001 \
    SHOP_DATABASE_URL=sqlite:///data/shop.db
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 5001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 CMD ["/usr/bin/shop", "health"]
ENTRYPOINT ["/usr/bin/shop"]
CMD ["serve"]

FROM gcr.io/distroless/cc-debian12:nonroot AS gateway
COPY --from=build-gateway /out/vestibule /usr/bin/vestibule
COPY --from=build-gateway /out/plugins /plugins
# Database, secret key and compiled plugins, unless they are told elsewhere: the only place that is written to.
COPY --from=build-gateway --chown=65532:65532 /out/data /data
ENV VESTIBULE_LISTEN=0.0.0.0:5000 \
    VESTIBULE_DATA_DIR=/data \
    VESTIBULE_PLUGINS_DIR=/plugins
USER 65532:65532
# Where `vestibule.toml` is looked for.
WORKDIR /etc/vestibule
VOLUME /data
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --start-period=30s --retries=3 CMD ["/usr/bin/vestibule", "health"]
ENTRYPOINT ["/usr/bin/vestibule"]
CMD ["serve"]

# The agent's image. Both stages start from BASE_IMAGE, a Debian 12 or Ubuntu 24.04 of your choice.
#
#   docker build -t sonde .
#   docker build -t sonde --build-arg BASE_IMAGE=registry.example/debian:12 .
#
# Behind a proxy that re-signs TLS, put its certificates (*.crt, PEM) into deploy/certs/ first: only the
# build stage trusts them. How to run the image: docs/deploy.md.
ARG BASE_IMAGE=debian:bookworm-slim

FROM ${BASE_IMAGE} AS build
ENV DEBIAN_FRONTEND=noninteractive \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      ca-certificates clang g++ libbpf-dev libelf-dev llvm make nodejs npm pkg-config zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
COPY deploy/certs/ /usr/local/share/ca-certificates/
RUN update-ca-certificates
WORKDIR /opt/sonde
COPY package.json package-lock.json ./
# What the final image runs with, then what the build needs; neither depends on our sources.
RUN npm ci --omit=dev --no-audit --no-fund \
 && rm -rf node_modules/node-linux-*/include node_modules/node-linux-*/share node_modules/node-linux-*/CHANGELOG.md \
 && cp -a node_modules /opt/production
RUN npm ci --no-audit --no-fund
COPY bpf bpf
COPY native native
RUN make -C bpf && make -C native
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN node_modules/.bin/tsc -p tsconfig.build.json

FROM ${BASE_IMAGE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libbpf1 libelf1 libstdc++6 zlib1g \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/sonde
COPY --from=build /opt/sonde/package.json ./
COPY --from=build /opt/production node_modules
COPY scripts/sonde scripts/sonde
COPY --from=build /opt/sonde/build/sonde.bpf.o /opt/sonde/build/sonde_native.node build/
COPY --from=build /opt/sonde/build/js build/js
COPY deploy/health.mjs ./
RUN ln -s /opt/sonde/scripts/sonde /usr/local/bin/sonde
ENV SONDE_DATA_DIR=/var/lib/sonde
VOLUME /var/lib/sonde
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD exec /opt/sonde/node_modules/node-linux-*/bin/node /opt/sonde/health.mjs
ENTRYPOINT ["/usr/local/bin/sonde"]
CMD ["run"]

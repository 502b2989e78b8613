# The image of Wasmoor. Debian, because the index's engine has no build for musl on arm64.
#
#   docker build --tag wasmoor .
#
# BASE is any image of Debian or Ubuntu with node (24.12 or newer) and npm. Name it with its digest where the image has to
# be the same every time:
#
#   docker build --build-arg BASE=node:26-bookworm-slim@sha256:… --tag wasmoor .
ARG BASE=node:26-bookworm-slim

FROM ${BASE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build \
  && find dist -name '*.map' -delete \
  && npm prune --omit=dev --workspaces=false

FROM ${BASE}
# wget is what health checks of others call, in Compose files, kind and ctlptl.
RUN command -v wget >/dev/null \
  || { apt-get update && apt-get install --yes --no-install-recommends wget && rm -rf /var/lib/apt/lists/*; }
# The data directory belongs to the user, and so does a volume that begins as its copy. Configurations of distribution are
# mounted at either of its places.
RUN groupadd --gid 65532 wasmoor \
  && useradd --uid 65532 --gid 65532 --no-create-home --home-dir /var/lib/registry --shell /usr/sbin/nologin wasmoor \
  && install --directory --owner wasmoor --group wasmoor /var/lib/registry \
  && install --directory /etc/distribution /etc/docker \
  && ln --symbolic /etc/distribution /etc/docker/registry
COPY --from=build /build/package.json /build/config.schema.json /build/LICENSE /usr/lib/wasmoor/
COPY --from=build /build/node_modules /usr/lib/wasmoor/node_modules
COPY --from=build /build/bin /usr/lib/wasmoor/bin
COPY --from=build /build/dist /usr/lib/wasmoor/dist
COPY deploy/container/defaults.yaml /usr/lib/wasmoor/defaults.yaml
COPY deploy/container/config.yml /etc/distribution/config.yml
# `registry` is its name where others call that program by name.
RUN ln --symbolic ../lib/wasmoor/bin/wasmoor /usr/bin/wasmoor \
  && ln --symbolic wasmoor /usr/bin/registry

ENV NODE_ENV=production \
  WASMOOR_DEFAULTS=/usr/lib/wasmoor/defaults.yaml \
  REGISTRY_CONFIGURATION_PATH=/etc/distribution/config.yml
USER 65532:65532
WORKDIR /var/lib/registry
VOLUME /var/lib/registry
EXPOSE 5000
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["wasmoor", "healthcheck"]
ENTRYPOINT ["wasmoor"]
CMD ["serve"]

# One image, no build step: Node runs the sources as they are. The database is outside (see
# compose.yaml), so neither the embedded one nor the npm package `node` is needed here.
FROM docker.io/library/node:26-bookworm-slim

WORKDIR /opt/staffetta
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force
COPY . .

# The data directory holds the send journal, the keys and the heartbeat. Mount a volume there.
RUN mkdir -p /var/lib/staffetta && chown node:node /var/lib/staffetta
USER node
ENV STAFFETTA_DATA=/var/lib/staffetta
VOLUME /var/lib/staffetta

# The daemon touches its heartbeat after each successful round through the database.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD test -n "$(find "$STAFFETTA_DATA/heartbeat" -mmin -2)"

STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "staffetta.js"]
CMD ["run"]

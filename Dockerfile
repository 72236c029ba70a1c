# The gateway, as small as Node allows: no shell tools, no npm, nobody's user. docker build -t sublet/gateway:0.1.0 .
FROM node:20.20-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY rolldown.config.ts ./
COPY src ./src
RUN npm run build

FROM node:20.20-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM gcr.io/distroless/nodejs20-debian12:nonroot
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /src/dist ./dist
COPY bin ./bin
COPY package.json LICENSE ./
ENV NODE_ENV=production
USER 65532:65532
EXPOSE 11250 11251
ENTRYPOINT ["/nodejs/bin/node", "/app/bin/sublet.js"]
CMD ["gateway", "--config", "/etc/sublet/gateway.yaml"]

#!/bin/sh
# A kind cluster with Wasmoor beside it as its registry: what is pushed to localhost:5001 can be used by its pods.
#
#   IMAGE     the image of Wasmoor            (wasmoor)
#   NAME      the registry's container        (kind-registry)
#   PORT      its port on this machine        (5001)
#   CLUSTER   the cluster                     (kind)
set -eu

IMAGE=${IMAGE:-wasmoor}
NAME=${NAME:-kind-registry}
PORT=${PORT:-5001}
CLUSTER=${CLUSTER:-kind}

# 1. The registry, unless it runs already. What is pushed stays in the volume.
if [ "$(docker inspect --format '{{.State.Running}}' "$NAME" 2>/dev/null || true)" != true ]; then
  docker run --detach --restart=always --name "$NAME" --network bridge \
    --publish "127.0.0.1:$PORT:5000" --volume "$NAME:/var/lib/registry" "$IMAGE"
fi

# 2. The cluster, whose nodes look for registries in /etc/containerd/certs.d.
kind create cluster --name "$CLUSTER" --config=- <<YAML
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
containerdConfigPatches:
  - |-
    [plugins."io.containerd.grpc.v1.cri".registry]
      config_path = "/etc/containerd/certs.d"
YAML

# 3. In every node, localhost:PORT is the registry's container.
for node in $(kind get nodes --name "$CLUSTER"); do
  docker exec "$node" mkdir -p "/etc/containerd/certs.d/localhost:$PORT"
  sed "s/kind-registry:5000/$NAME:5000/" "$(dirname "$0")/hosts.toml" \
    | docker exec --interactive "$node" cp /dev/stdin "/etc/containerd/certs.d/localhost:$PORT/hosts.toml"
done

# 4. The nodes reach it by its name.
if ! docker network inspect kind --format '{{range .Containers}}{{.Name}} {{end}}' | grep -qw "$NAME"; then
  docker network connect kind "$NAME"
fi

# 5. Tools are told where it is (KEP-1755).
sed "s/localhost:5001/localhost:$PORT/" "$(dirname "$0")/local-registry-hosting.yaml" \
  | kubectl --context "kind-$CLUSTER" apply --filename -

#!/bin/bash
# What Spark's driver calls `executor` when it starts a pod; PySpark's packages bring no such script.
set -euo pipefail
[ "${1:-}" = executor ] || exec "$@"

for variable in SPARK_DRIVER_URL SPARK_EXECUTOR_ID SPARK_EXECUTOR_CORES SPARK_EXECUTOR_MEMORY SPARK_APPLICATION_ID \
	SPARK_EXECUTOR_POD_IP SPARK_RESOURCE_PROFILE_ID SPARK_EXECUTOR_POD_NAME; do
	if [ -z "${!variable:-}" ]; then
		echo "entrypoint.sh: The variable $variable is not set; Spark's driver sets it in the pods of executors that" \
			"it starts. To run something else in this image, name the program." >&2
		exit 64
	fi
done

options=() n=0
while variable=SPARK_JAVA_OPT_$n && [ -n "${!variable+set}" ]; do
	options+=("${!variable}")
	n=$((n + 1))
done

if [ -n "${HEPNB_TRUST_STORE:-}" ]; then
	options+=("-Djavax.net.ssl.trustStore=$HEPNB_TRUST_STORE" -Djavax.net.ssl.trustStoreType=JKS)
fi

# Java starts from the image's archive of classes only with the class path that Spark's launcher made when it was written:
# this jar, then all. Settings come behind, which changes nothing, since no jar of Spark's has any.
settings=${SPARK_CONF_DIR:-$SPARK_HOME/conf} jars=$SPARK_HOME/jars/*
classes="$settings:$jars"
for archive in "${VIRTUAL_ENV:-/opt/venv}"/share/hepnb/java/spark-*.jsa; do
	[ -f "$archive" ] || continue
	options+=("-XX:SharedArchiveFile=$archive" -XX:+VerifySharedSpaces -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0)
	classes="$(printf '%s:' "$SPARK_HOME"/jars/slf4j-api-*.jar)$jars:$settings"
done

exec "$JAVA_HOME/bin/java" ${options[@]+"${options[@]}"} "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY" \
	-cp "${SPARK_CLASSPATH:+$SPARK_CLASSPATH:}$classes" \
	org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
	--driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" --cores "$SPARK_EXECUTOR_CORES" \
	--app-id "$SPARK_APPLICATION_ID" --hostname "$SPARK_EXECUTOR_POD_IP" \
	--resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" --podName "$SPARK_EXECUTOR_POD_NAME"

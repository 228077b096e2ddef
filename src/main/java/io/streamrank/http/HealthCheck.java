package io.streamrank.http;

import static java.util.Objects.requireNonNull;

import io.streamrank.ingest.Health;
import io.streamrank.ingest.RolloutReport;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is answered to a health probe.
 *
 * @param name of what is checked: {@code worker}
 * @param started whether it has begun its work
 * @param ready whether it takes work
 * @param live whether the process is worth keeping
 * @param data more about it, as JSON's values, in this order
 */
public record HealthCheck(String name, boolean started, boolean ready, boolean live, Map<String, Object> data) {
    public HealthCheck {
        requireNonNull(name, "name");
        data = Collections.unmodifiableMap(new LinkedHashMap<>(data));
    }

    /** That of a worker. */
    public static HealthCheck of(Health health) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("state", health.state().name());
        data.put("joined", health.joined());
        data.put("sincePollMs", health.sincePoll().toMillis());
        data.put("inPassMs", health.inPass().toMillis());
        data.put("sinceBrokerMs", health.sinceBroker().toMillis());
        return new HealthCheck("worker", health.joined(), health.isReady(), health.isLive(), data);
    }

    /** The same, telling what becomes of next revisions. */
    public HealthCheck with(RolloutReport report) {
        Map<String, Object> more = new LinkedHashMap<>(data);
        more.put("rolloutFileError", report.fileError().isPresent());
        Map<String, Object> states = new LinkedHashMap<>();
        report.rollouts()
                .forEach(rollout -> states.put(rollout.model(), rollout.state().name()));
        more.put("rollouts", states);
        return new HealthCheck(name, started, ready, live, more);
    }
}

package io.streamrank.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.contract.Rejection.Reason;
import io.streamrank.ingest.DirectReport;
import io.streamrank.ingest.Health;
import io.streamrank.ingest.Load;
import io.streamrank.ingest.PipelineObserver.Rebalance;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private final TestingMetrics all = new TestingMetrics();

    @AfterEach
    void close() {
        all.close();
    }

    @Test
    void countsWhatTransactionsBring() {
        all.observer.committed(TestingReports.report(
                all.model.model(), Map.of(Reason.UNSCORABLE, 1, Reason.UNKNOWN_MODEL, 2, Reason.UNDECODABLE, 3)));

        assertThat(all.lines())
                .contains(
                        "streamrank_requests_total{model=\"minilm\",outcome=\"ranked\"} 3.0",
                        "streamrank_requests_total{model=\"minilm\",outcome=\"expired\"} 2.0",
                        "streamrank_requests_total{model=\"minilm\",outcome=\"dead_letter\"} 1.0",
                        "streamrank_requests_total{model=\"none\",outcome=\"dead_letter\"} 5.0",
                        "streamrank_requests_total{model=\"mamba\",outcome=\"ranked\"} 0.0",
                        "streamrank_dead_letters_total{model=\"minilm\",reason=\"unscorable\"} 1.0",
                        "streamrank_dead_letters_total{model=\"none\",reason=\"unknown_model\"} 2.0",
                        "streamrank_dead_letters_total{model=\"none\",reason=\"undecodable\"} 3.0",
                        "streamrank_dead_letters_total{model=\"none\",reason=\"too_large\"} 0.0",
                        "streamrank_pairs_total{model=\"minilm\"} 12.0",
                        "streamrank_duplicate_pairs_total{model=\"minilm\"} 4.0",
                        "streamrank_truncated_pairs_total{model=\"minilm\"} 1.0",
                        "streamrank_tokens_total{model=\"minilm\"} 120.0",
                        "streamrank_tokens_read_total{model=\"minilm\"} 60.0",
                        "streamrank_token_budget_total{model=\"minilm\"} 100.0",
                        "streamrank_passes_total{model=\"minilm\"} 2.0",
                        "streamrank_splits_total{model=\"minilm\"} 3.0",
                        "streamrank_transactions_total{outcome=\"committed\"} 1.0",
                        "streamrank_transactions_total{outcome=\"aborted\"} 0.0",
                        "streamrank_transaction_events_sum 11.0");
    }

    @Test
    void timesRequestsUntilTheirCommit() {
        all.observer.committed(TestingReports.report(all.model.model(), Map.of()));

        assertThat(all.lines())
                .contains(
                        "streamrank_end_to_end_seconds_count{model=\"minilm\"} 2",
                        "streamrank_end_to_end_seconds_sum{model=\"minilm\"} 0.8",
                        "streamrank_end_to_end_seconds_bucket{model=\"minilm\",le=\"0.25\"} 0",
                        "streamrank_end_to_end_seconds_bucket{model=\"minilm\",le=\"0.5\"} 2",
                        "streamrank_queue_seconds_sum{model=\"minilm\"} 0.07",
                        "streamrank_inference_seconds_sum{model=\"minilm\"} 0.09",
                        "streamrank_publish_seconds_sum 0.06",
                        "streamrank_batch_fill_percent_bucket{model=\"minilm\",le=\"50.0\"} 0",
                        "streamrank_batch_fill_percent_bucket{model=\"minilm\",le=\"60.0\"} 1",
                        "streamrank_pass_pairs_sum{model=\"minilm\"} 4.0",
                        "streamrank_last_commit_timestamp_seconds 1.7672256E9");
    }

    @Test
    void countsDirectRequestsApart() {
        all.observer.directEnded(
                new DirectReport(Optional.of(all.model.model()), DirectReport.Outcome.RANKED, Duration.ofMillis(250)));
        all.observer.directEnded(
                new DirectReport(Optional.empty(), DirectReport.Outcome.REJECTED, Duration.ofMillis(1)));

        assertThat(all.lines())
                .contains(
                        "streamrank_direct_requests_total{model=\"minilm\",outcome=\"ranked\"} 1.0",
                        "streamrank_direct_requests_total{model=\"minilm\",outcome=\"abandoned\"} 0.0",
                        "streamrank_direct_requests_total{model=\"none\",outcome=\"rejected\"} 1.0",
                        "streamrank_direct_seconds_sum{model=\"minilm\"} 0.25",
                        "streamrank_direct_seconds_count{model=\"minilm\"} 1",
                        "streamrank_requests_total{model=\"minilm\",outcome=\"ranked\"} 0.0");
    }

    @Test
    void countsWhatGoesWrong() {
        all.observer.deliveryFailed();
        all.observer.deliveryFailed();
        all.observer.producerReplaced();
        all.observer.deviceRefused(all.other.model());
        all.observer.rebalanced(Rebalance.LOST);
        all.observer.ended(TestingReports.trace(3, null, null, 2));

        assertThat(all.lines())
                .contains(
                        "streamrank_transactions_total{outcome=\"aborted\"} 2.0",
                        "streamrank_producer_replacements_total 1.0",
                        "streamrank_device_retries_total{model=\"mamba\"} 1.0",
                        "streamrank_device_retries_total{model=\"minilm\"} 0.0",
                        "streamrank_rebalances_total{kind=\"lost\"} 1.0",
                        "streamrank_tokenize_seconds_sum 0.01");
    }

    @Test
    void showsHowTheWorkerIsAndWhatIsBeforeIt() {
        assertThat(all.lines())
                .contains(
                        "streamrank_worker_state{state=\"ready\"} 1.0",
                        "streamrank_worker_state{state=\"stuck\"} 0.0",
                        "streamrank_poll_age_seconds 1.5",
                        "streamrank_pass_age_seconds 0.25",
                        "streamrank_broker_age_seconds 2.0",
                        "streamrank_in_flight_events 3.0",
                        "streamrank_in_flight_bytes 4096.0",
                        "streamrank_in_flight_limit_bytes 1048576.0",
                        "streamrank_assigned_partitions 2.0",
                        "streamrank_paused_partitions 2.0",
                        "streamrank_lag_records{partition=\"0\"} 12.0",
                        "streamrank_lag_age_seconds{partition=\"0\"} 2.5",
                        "streamrank_lag_age_seconds{partition=\"4\"} 0.0",
                        "streamrank_throughput_state{state=\"ready\"} 1.0",
                        "streamrank_throughput_undecodable_total 2.0",
                        "streamrank_throughput_late_total 3.0",
                        "streamrank_build_info{version=\"1.2.3\"} 1");
    }

    @Test
    void forgetsPartitionsThatAreGone() {
        assertThat(all.lines()).anyMatch(line -> line.contains("partition=\"4\""));

        all.load = new Load(0, 0, false, List.of(new Load.Backlog(0, OptionalLong.empty(), null)));
        all.health = new Health(Health.State.STUCK, true, Duration.ZERO, Duration.ZERO, Duration.ZERO);

        assertThat(all.lines())
                .noneMatch(line -> line.contains("partition=\"4\""))
                .noneMatch(line -> line.startsWith("streamrank_lag_records{"))
                .contains(
                        "streamrank_worker_state{state=\"stuck\"} 1.0", "streamrank_worker_state{state=\"ready\"} 0.0");
    }

    @Test
    void showsWhereAModelIsNow() {
        assertThat(all.lines())
                .contains("streamrank_model_info{device=\"cpu\",dtype=\"float32\",family=\"testing\",model=\"minilm\","
                        + "revision=\"0123456789ab\"} 1");

        all.model.on("gpu(0)");

        assertThat(all.lines())
                .filteredOn(line -> line.startsWith("streamrank_model_info") && line.contains("minilm"))
                .singleElement()
                .asString()
                .contains("device=\"gpu(0)\"");
    }

    @Test
    void showsWhatCachesAreGoodFor() {
        all.model.encode("query", List.of("a 1", "b 2"));
        all.model.encode("another", List.of("a 1"));

        assertThat(all.lines())
                .contains(
                        "streamrank_cache_hits_total{cache=\"tokens\",model=\"minilm\"} 1.0",
                        "streamrank_cache_misses_total{cache=\"tokens\",model=\"minilm\"} 2.0",
                        "streamrank_cache_hits_total{cache=\"states\",model=\"minilm\"} 0.0");
    }

    @Test
    void speaksTheFormatThatIsAskedFor() {
        Metrics.Page text = all.metrics.page("text/plain");
        Metrics.Page open = all.metrics.page("application/openmetrics-text; version=1.0.0,text/plain;q=0.5");

        assertThat(text.contentType()).startsWith("text/plain; version=0.0.4");
        assertThat(text.text()).doesNotContain("# EOF");
        assertThat(open.contentType()).startsWith("application/openmetrics-text; version=1.0.0");
        assertThat(open.text()).endsWith("# EOF\n");
    }
}

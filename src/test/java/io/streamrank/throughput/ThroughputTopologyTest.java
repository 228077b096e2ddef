package io.streamrank.throughput;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.streamrank.contract.BatchStatisticsCodec;
import io.streamrank.contract.DeviceUse;
import io.streamrank.contract.Latency;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.Throughput;
import io.streamrank.contract.ThroughputCodec;
import io.streamrank.contract.ThroughputKeys;
import io.streamrank.contract.ThroughputKeys.Window;
import io.streamrank.contract.ThroughputScope;
import io.streamrank.contract.WindowSize;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ThroughputTopologyTest {
    /** The beginning of an hour, and so of a window of every size. */
    private static final Instant HOUR = Instant.parse("2026-11-22T10:00:00Z");

    private static final Instant NOW = HOUR.plus(5, ChronoUnit.HOURS);
    private static final Duration GRACE = Duration.ofMinutes(2);
    private static final String REVISION = "0a1b2c3d4e5f";

    private final Counters counters = new Counters();
    private final BatchStatisticsCodec statistics = new BatchStatisticsCodec();
    private final ThroughputCodec windows = new ThroughputCodec();
    private final Map<Window, Throughput> latest = new HashMap<>();
    private @Nullable TopologyTestDriver driver;
    private @Nullable TestInputTopic<byte[], byte[]> in;
    private @Nullable TestOutputTopic<byte[], byte[]> out;

    @BeforeEach
    void start(@TempDir Path folder) {
        ThroughputSettings settings = new ThroughputSettings(
                "127.0.0.1:1",
                "app",
                "in",
                "out",
                folder,
                Optional.empty(),
                GRACE,
                10,
                Duration.ofSeconds(1),
                0,
                Duration.ofSeconds(1),
                new Prices(Map.of("gpu", 3.6)),
                Map.of());
        TopologyTestDriver made = new TopologyTestDriver(
                ThroughputTopology.of(
                        settings,
                        new StreamsConfig(ThroughputService.properties(settings)),
                        Clock.fixed(NOW, ZoneOffset.UTC),
                        counters),
                ThroughputService.properties(settings));
        driver = made;
        in = made.createInputTopic("in", new ByteArraySerializer(), new ByteArraySerializer());
        out = made.createOutputTopic("out", new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @AfterEach
    void stop() {
        if (driver != null) {
            driver.close();
        }
    }

    @Test
    void addsUpAWorkersTransactionsInWindowsOfEachSize() throws Exception {
        tell(told("m", "w", 1, 2).with(Map.of(Reason.UNSCORABLE, 1)));
        tell(told("m", "w", 8, 3).with(Map.of(Reason.UNSCORABLE, 2, Reason.INVALID, 1)));
        tell(told("m", "w", 12, 5));

        Throughput first = window("m", "w", WindowSize.TEN_SECONDS, 0);
        assertThat(first.work().statistics()).isEqualTo(2);
        assertThat(first.work().requests()).isEqualTo(5);
        assertThat(first.work().candidates()).isEqualTo(5);
        assertThat(first.work().pairs()).isEqualTo(5);
        assertThat(first.work().tokens()).isEqualTo(50);
        assertThat(first.work().rejections()).isEqualTo(Map.of(Reason.UNSCORABLE, 3L, Reason.INVALID, 1L));
        assertThat(first.work().failures()).isEqualTo(4);
        assertThat(first.work().publishes()).isEqualTo(2);
        assertThat(first.work().publish()).isEqualTo(Duration.ofMillis(14));
        assertThat(first.pairsPerSecond()).isEqualTo(0.5);
        assertThat(first.tokensPerSecond()).isEqualTo(5);
        assertThat(first.batchFill()).isEqualTo(50.0 / 2_000);
        assertThat(first.busyShare()).isEqualTo(0.004, within(1e-9));
        assertThat(first.costPer1000Pairs()).isEqualTo(3.6 * 0.040 / 3_600 / 5 * 1_000, within(1e-9));
        assertThat(first.queue().count()).isEqualTo(5);
        assertThat(first.inference().count()).isEqualTo(5);
        assertThat(first.endToEnd().max()).isEqualTo(TestingStatistics.END_TO_END);
        assertThat(window("m", "w", WindowSize.TEN_SECONDS, 10).work().pairs()).isEqualTo(5);
        assertThat(window("m", "w", WindowSize.MINUTE, 0).work().pairs()).isEqualTo(10);
        assertThat(window("m", "w", WindowSize.HOUR, 0).work().pairs()).isEqualTo(10);
    }

    @Test
    void addsUpTheWorkersOfAModel() throws Exception {
        tell(told("m", "one", 1, 2));
        tell(told("m", "two", 2, 3).inference(Duration.ofSeconds(1)));
        tell(told("other", "one", 3, 7));

        Throughput all = window("m", null, WindowSize.TEN_SECONDS, 0);
        assertThat(all.work().pairs()).isEqualTo(5);
        assertThat(all.devices())
                .containsExactly(
                        new DeviceUse("one", "gpu(0)", TestingStatistics.INFERENCE),
                        new DeviceUse("two", "gpu(0)", Duration.ofSeconds(1)));
        assertThat(all.busyShare()).isEqualTo((0.020 + 1) / 10 / 2, within(1e-9));
        assertThat(window("m", "one", WindowSize.TEN_SECONDS, 0).work().pairs()).isEqualTo(2);
        assertThat(window("m", "two", WindowSize.TEN_SECONDS, 0).work().pairs()).isEqualTo(3);
        assertThat(window("other", null, WindowSize.TEN_SECONDS, 0).work().pairs())
                .isEqualTo(7);
    }

    @Test
    void tellsRevisionsOfAModelApart() throws Exception {
        tell(told("m", "w", 1, 2));
        tell(told("m", "w", 2, 3).revision("ffffffffffff"));

        assertThat(window("m", "w", WindowSize.HOUR, 0).work().pairs()).isEqualTo(2);
        Window second = new Window(new ThroughputScope("m", "ffffffffffff", "w"), WindowSize.HOUR, HOUR);
        assertThat(at(second).work().pairs()).isEqualTo(3);
    }

    /** Not an average of the workers' or the transactions' quantiles. */
    @Test
    void quantilesOfAWindowAreThoseOfItsRequests() throws Exception {
        Random random = new Random(11);
        List<Duration> all = new ArrayList<>();
        for (int transaction = 0; transaction < 40; transaction++) {
            int requests = 1 + random.nextInt(60);
            List<Duration> waited = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                waited.add(Duration.of((long) Math.exp(random.nextDouble() * 16), ChronoUnit.MICROS));
            }
            all.addAll(waited);
            tell(told("m", "w" + transaction % 3, transaction / 10, requests).waited(waited));
        }

        Latency queue = window("m", null, WindowSize.TEN_SECONDS, 0).queue();

        Collections.sort(all);
        assertThat(queue.count()).isEqualTo(all.size());
        assertThat(queue.max()).isEqualTo(all.get(all.size() - 1));
        assertNear(queue.p50(), all.get((int) Math.ceil(0.50 * all.size()) - 1));
        assertNear(queue.p90(), all.get((int) Math.ceil(0.90 * all.size()) - 1));
        assertNear(queue.p99(), all.get((int) Math.ceil(0.99 * all.size()) - 1));
    }

    @Test
    void requestsAnsweredUnscoredHaveNoInferenceTime() throws Exception {
        tell(told("m", "w", 1, 5).expired(2));

        Throughput window = window("m", "w", WindowSize.TEN_SECONDS, 0);
        assertThat(window.work().expired()).isEqualTo(2);
        assertThat(window.inference().count()).isEqualTo(3);
        assertThat(window.queue().count()).isEqualTo(5);
    }

    @ParameterizedTest
    @EnumSource
    void aWindowHoldsItsFirstMomentAndNotTheNextOnes(WindowSize size) throws Exception {
        Instant next = HOUR.plus(size.duration());
        tell(TestingStatistics.of("m", "w", HOUR, 1));
        tell(TestingStatistics.of("m", "w", next.minusMillis(1), 2));
        tell(TestingStatistics.of("m", "w", next, 4));

        ThroughputScope scope = new ThroughputScope("m", REVISION, "w");
        assertThat(at(new Window(scope, size, HOUR)).work().pairs()).isEqualTo(3);
        assertThat(at(new Window(scope, size, next)).work().pairs()).isEqualTo(4);
        assertThat(at(new Window(scope, size, HOUR)).end()).isEqualTo(next);
    }

    @Test
    void countsWhatComesOutOfOrderInItsWindow() throws Exception {
        tell(told("m", "w", 35, 1));
        tell(told("m", "w", 3, 2));
        tell(told("m", "w", 25, 4));
        tell(told("m", "w", 4, 8));

        assertThat(window("m", "w", WindowSize.TEN_SECONDS, 0).work().pairs()).isEqualTo(10);
        assertThat(window("m", "w", WindowSize.TEN_SECONDS, 20).work().pairs()).isEqualTo(4);
        assertThat(window("m", "w", WindowSize.TEN_SECONDS, 30).work().pairs()).isEqualTo(1);
        assertThat(counters.late()).isZero();
    }

    @Test
    void countsWhatComesAfterTheGraceAsLateInTheCurrentWindow() throws Exception {
        long graceEnds = 10 + GRACE.toSeconds();
        tell(told("m", "w", graceEnds - 1, 1));
        tell(told("m", "w", 9, 2));
        tell(told("m", "w", graceEnds, 4));
        tell(told("m", "w", 9, 8));

        Throughput closed = window("m", "w", WindowSize.TEN_SECONDS, 0);
        Throughput current = window("m", "w", WindowSize.TEN_SECONDS, graceEnds);
        assertThat(closed.work().pairs()).isEqualTo(2);
        assertThat(current.work().pairs()).isEqualTo(4);
        assertThat(current.late().pairs()).isEqualTo(8);
        assertThat(current.late().statistics()).isEqualTo(1);
        assertThat(counters.late()).isEqualTo(1);
        // Not late for the longer ones.
        assertThat(window("m", "w", WindowSize.MINUTE, 0).work().pairs()).isEqualTo(10);
        assertThat(window("m", "w", WindowSize.HOUR, 0).work().pairs()).isEqualTo(15);
    }

    @Test
    void neitherLosesNorDoublesAPairWhateverTheOrder() throws Exception {
        Random random = new Random(3);
        long sent = 0;
        for (int i = 0; i < 500; i++) {
            int requests = 1 + random.nextInt(5);
            sent += requests;
            tell(told(
                    "m" + random.nextInt(2),
                    "w" + random.nextInt(3),
                    Math.max(0, i * 3 - random.nextInt(600)),
                    requests));
        }

        long total = sent;
        for (WindowSize size : WindowSize.values()) {
            assertThat(pairs(size, true)).as("all workers, %s", size).isEqualTo(total);
            assertThat(pairs(size, false)).as("each worker, %s", size).isEqualTo(total);
        }
        assertThat(counters.late()).isPositive();
    }

    /** As in a worker's first seconds: the whole transaction counts where it ended. */
    @Test
    void aTransactionLongerThanItsWindowCountsWhereItEnded() throws Exception {
        tell(told("m", "w", 21, 1).inference(Duration.ofSeconds(15)));

        assertThat(window("m", "w", WindowSize.TEN_SECONDS, 20).busyShare()).isEqualTo(1.5, within(1e-9));
        assertThat(latest()).doesNotContainKey(key("m", "w", WindowSize.TEN_SECONDS, 10));
    }

    @Test
    void aClockThatIsAheadClosesNobodysWindows() throws Exception {
        tell(TestingStatistics.of("m", "ahead", NOW.plus(3, ChronoUnit.DAYS), 1));
        tell(TestingStatistics.of("m", "right", NOW.minusSeconds(5), 2));

        ThroughputScope ahead = new ThroughputScope("m", REVISION, "ahead");
        ThroughputScope right = new ThroughputScope("m", REVISION, "right");
        assertThat(at(new Window(ahead, WindowSize.TEN_SECONDS, NOW)).work().pairs())
                .isEqualTo(1);
        Window itsOwn = new Window(right, WindowSize.TEN_SECONDS, NOW.minusSeconds(10));
        assertThat(at(itsOwn).work().pairs()).isEqualTo(2);
        assertThat(counters.late()).isZero();
    }

    @Test
    void recordsThatHoldNoStatisticsAreCountedAndPassedOver() throws Exception {
        byte[] good = statistics.encode(told("m", "w", 1, 2).build());
        byte[] cut = Arrays.copyOf(good, good.length - 3);
        pipe(good);
        pipe(cut);
        pipe("hello".getBytes(UTF_8));
        pipe(new byte[0]);
        pipe(null);
        pipe(good);

        assertThat(window("m", "w", WindowSize.TEN_SECONDS, 0).work().pairs()).isEqualTo(4);
        assertThat(counters.undecodable()).isEqualTo(4);
    }

    @Test
    void windowsHaveTheTimeOfTheirLastStatistics() {
        pipe(statistics.encode(told("m", "w", 7, 2).build()));

        for (TestRecord<byte[], byte[]> record : out().readRecordsToList()) {
            assertThat(record.getRecordTime()).isEqualTo(HOUR.plusSeconds(7));
        }
    }

    @Test
    void readsStatisticsOfWorkersThatTellLess() throws Exception {
        var old = told("m", "w", 1, 2).waited(List.of());
        tell(old);

        Throughput window = window("m", "w", WindowSize.TEN_SECONDS, 0);
        assertThat(window.work().pairs()).isEqualTo(2);
        assertThat(window.queue()).isEqualTo(Latency.NONE);
        assertThat(window.inference().count()).isEqualTo(2);
    }

    private static TestingStatistics told(String model, String worker, long second, int requests) {
        return TestingStatistics.of(model, worker, HOUR.plusSeconds(second), requests);
    }

    private void tell(TestingStatistics told) {
        pipe(statistics.encode(told.build()));
    }

    private void pipe(byte @Nullable [] value) {
        // The record's own timestamp says nothing.
        requireNonNull(in).pipeInput("m".getBytes(UTF_8), value, Instant.EPOCH);
    }

    private TestOutputTopic<byte[], byte[]> out() {
        return requireNonNull(out);
    }

    /** What compaction leaves. */
    private Map<Window, Throughput> latest() throws RejectedException {
        for (TestRecord<byte[], byte[]> record : out().readRecordsToList()) {
            Throughput window = windows.decode(record.value());
            Window key = ThroughputKeys.decode(record.key());
            assertThat(new Window(window.scope(), window.size(), window.start()))
                    .isEqualTo(key);
            latest.put(key, window);
        }
        return latest;
    }

    private Throughput window(String model, @Nullable String worker, WindowSize size, long second)
            throws RejectedException {
        return at(key(model, worker, size, second));
    }

    private Throughput at(Window key) throws RejectedException {
        return Optional.ofNullable(latest().get(key)).orElseThrow(() -> new AssertionError(key + " is missing"));
    }

    private static Window key(String model, @Nullable String worker, WindowSize size, long second) {
        return new Window(new ThroughputScope(model, REVISION, worker), size, size.startOf(HOUR.plusSeconds(second)));
    }

    private long pairs(WindowSize size, boolean together) throws RejectedException {
        return latest().values().stream()
                .filter(window -> window.size() == size && (window.scope().worker() == null) == together)
                .mapToLong(window -> window.work().pairs() + window.late().pairs())
                .sum();
    }

    private static void assertNear(Duration actual, Duration exact) {
        assertThat(actual)
                .isGreaterThanOrEqualTo(exact)
                .isLessThanOrEqualTo(exact.plus(exact.dividedBy(128)).plus(1, ChronoUnit.MICROS));
    }
}

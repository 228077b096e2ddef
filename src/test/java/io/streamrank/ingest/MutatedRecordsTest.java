package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.streamrank.contract.Candidate;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Framing;
import io.streamrank.contract.Query;
import io.streamrank.contract.RankedCandidate;
import io.streamrank.contract.RankedListCodec;
import io.streamrank.contract.Ranking;
import io.streamrank.contract.RejectedException;
import io.streamrank.contract.Rejection.Reason;
import io.streamrank.contract.RerankRequest;
import io.streamrank.contract.TokenIds;
import io.streamrank.ingest.EncodedBatch.Item;
import io.streamrank.model.EncodedPair;
import io.streamrank.model.ModelSettings;
import io.streamrank.model.Reranker;
import io.streamrank.model.Rerankers;
import io.streamrank.testing.EventMutations;
import io.streamrank.testing.EventMutations.Sample;
import io.streamrank.testing.LiveMemory;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Whatever record comes, it gets one outcome before it comes near a device: decoded, admitted, tokenized and written, or
 * refused and written as it came. {@code -Dfuzz.events=1000000} runs longer, {@code -Dfuzz.seed=N} runs again what N ran.
 */
class MutatedRecordsTest {
    private static final int EVENTS = Integer.getInteger("fuzz.events", 100_000);
    private static final long SEED = Long.getLong("fuzz.seed", System.nanoTime() & 0xFFFFFF);

    private static final Limits LIMITS = new TestingLimits()
            .maxEventBytes(400_000)
            .maxCandidates(50)
            .maxResultBytes(1_500)
            .maxAge(Duration.ofDays(1))
            .build();
    private static final int MESSAGE_CHARS_MAX = 500;

    /** The first ones load classes. */
    private static final int EVENTS_UNTIL_WARM = 1_000;

    /** A hang, not a slow machine. */
    private static final Duration STUCK = Duration.ofSeconds(60);

    /** What an event may make the worker allocate: decoded and written, its stack trace if it is refused. */
    private static final long BYTES_AN_EVENT = 512 << 10;

    private static final long BYTES_A_BYTE = 64;

    /** Its pair is as long as the model allows, whatever the event's own length. */
    private static final long BYTES_A_CANDIDATE = 32 << 10;

    private static final long LIVE_BYTES_MORE = 32 << 20;

    private static List<Reranker> rerankers = List.of();

    private final CandidateListCodec requests = new CandidateListCodec();
    private final RankedListCodec rankings = new RankedListCodec();
    private final Clock clock = Clock.fixed(TestingEvents.NOW, ZoneOffset.UTC);
    private final Models models = new Models(rerankers);
    private final Admission admission = new Admission(requests, models, LIMITS);
    private final Intake intake = new Intake(Limits.DEFAULT);
    private final Encoder encoder = new Encoder(new CallingThread(), LIMITS, clock);
    private final OutgoingRecords outgoing = new OutgoingRecords(
            TestingEvents.settings(LIMITS), models, topic -> TestingEvents.PARTITIONS, clock, Framing.SINGLE_OBJECT);
    private final List<Sample> samples = samples();
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Map<Reason, Integer> deadLetters = new EnumMap<>(Reason.class);
    private int ranked;
    private int expired;
    private long largestShare;
    private volatile int current;

    @BeforeAll
    static void load() throws URISyntaxException {
        ModelSettings settings = ModelSettings.defaults()
                .withDevice("cpu")
                .withDtype("float32")
                .withTokenCache(1 << 20)
                .withStateCache(0, false);
        List<Reranker> loaded = new ArrayList<>();
        for (String family : List.of("bert", "llama")) {
            Path folder = Path.of(requireNonNull(MutatedRecordsTest.class.getResource("/golden/" + family))
                    .toURI());
            loaded.add(Rerankers.load(folder, family, settings));
        }
        rerankers = List.copyOf(loaded);
    }

    @AfterAll
    static void close() {
        rerankers.forEach(Reranker::close);
    }

    @Test
    void eachGetsOneOutcomeInBoundedTimeAndMemory() throws Exception {
        System.out.println("MutatedRecordsTest: -Dfuzz.seed=" + SEED + " -Dfuzz.events=" + EVENTS);
        List<Throwable> failures = new ArrayList<>();
        Thread runner = new Thread(() -> run(failures), "mutated-records");
        runner.setDaemon(true);
        runner.start();
        awaitEnd(runner);

        if (!failures.isEmpty()) {
            throw new AssertionError("event " + current + " of seed " + SEED, failures.get(0));
        }
        System.out.println("MutatedRecordsTest: " + ranked + " ranked, " + expired + " expired, dead letters "
                + deadLetters + ", " + largestShare + " % of what may be allocated");
        assertThat(ranked).isGreaterThan(EVENTS / 10);
        assertThat(expired).isPositive();
        assertThat(deadLetters)
                .containsKeys(
                        Reason.EMPTY_VALUE,
                        Reason.TOO_LARGE,
                        Reason.UNKNOWN_FORMAT,
                        Reason.UNKNOWN_SCHEMA,
                        Reason.UNDECODABLE,
                        Reason.INVALID,
                        Reason.NO_CANDIDATES,
                        Reason.TOO_MANY_CANDIDATES,
                        Reason.UNKNOWN_MODEL,
                        Reason.UNUSABLE_TOKEN_IDS,
                        Reason.RESULT_TOO_LARGE)
                .doesNotContainKey(Reason.UNSCORABLE);
    }

    private void awaitEnd(Thread runner) throws InterruptedException {
        for (int before = -1; runner.isAlive() && current != before; runner.join(STUCK.toMillis())) {
            before = current;
        }
        assertThat(runner.isAlive())
                .as("stuck on event %d of seed %d: %s", current, SEED, Arrays.toString(runner.getStackTrace()))
                .isFalse();
    }

    @SuppressWarnings("CatchingUnchecked") // whatever it is, the test shall see it
    private void run(List<Throwable> failures) {
        try {
            long before = 0;
            for (int i = 0; i < EVENTS; i++) {
                current = i;
                if (i == EVENTS / 5) {
                    before = LiveMemory.bytes();
                }
                // A generator of its own for each, so that one can be run again without those before it.
                handle(i, new SplittableRandom(SEED + 1_000_003L * i));
            }
            assertThat(LiveMemory.bytes() - before).as("live bytes more").isLessThan(LIVE_BYTES_MORE);
        } catch (Throwable e) {
            failures.add(e);
        }
    }

    private void handle(int index, SplittableRandom random) throws Exception {
        Sample sample = samples.get(random.nextInt(samples.size()));
        byte[] value = random.nextInt(10) == 0
                ? sample.event()
                : new EventMutations(random).of(sample, samples.get(random.nextInt(samples.size())));
        ConsumerRecord<byte[], byte[]> record =
                new RecordMutations(random).of(index, random.nextInt(500) == 0 ? null : value);
        Lease lease = TestingEvents.lease(record.partition());

        long allocated = threads.getCurrentThreadAllocatedBytes();
        Event event = admission.admit(record, lease).orElseThrow();
        intake.add(event);
        List<Event> taken = TestingEvents.events(intake.take(10, 0, () -> Long.MAX_VALUE));
        Outcome outcome = event instanceof Event.Accepted accepted
                ? outcome(encoder.encode(List.of(accepted)).items(), random)
                : new Outcome.DeadLetter(event, ((Event.Rejected) event).rejection());
        Refusals refusals = new Refusals();
        OutgoingRecords.Transaction first = written(outcome, refusals);
        intake.settled(taken);
        allocated = threads.getCurrentThreadAllocatedBytes() - allocated;

        assertThat(taken).containsExactly(event);
        assertThat(intake.bytesInHand()).isZero();
        if (index >= EVENTS_UNTIL_WARM) {
            assertBounded(allocated, event);
        }
        assertOneOutcome(record, first);
        if (index % 8 == 0) {
            assertRefusalsEnd(record, outcome, refusals);
        }
    }

    private static Outcome outcome(List<Item<Event.Accepted>> items, SplittableRandom random) {
        assertThat(items).hasSize(1);
        Item<Event.Accepted> item = items.get(0);
        if (item instanceof Item.ToScore<Event.Accepted> toScore) {
            float[] scores = new float[toScore.pairs().size()];
            for (int i = 0; i < scores.length; i++) {
                EncodedPair pair = toScore.pairs().get(i);
                assertThat(pair.tokens())
                        .isBetween(1, toScore.asked().reranker().maxLength());
                scores[i] = random.nextInt(5);
            }
            return Rankings.ranked(toScore.asked(), toScore.pairs(), scores, TestingEvents.TIMINGS);
        }
        return item instanceof Item.TooLate<Event.Accepted> late
                ? new Outcome.Expired(late.asked(), Rankings.expired(late.asked(), late.queue()))
                : new Outcome.DeadLetter(item.asked(), ((Item.ToReject<Event.Accepted>) item).rejection());
    }

    private OutgoingRecords.Transaction written(Outcome outcome, Refusals refusals) {
        return outgoing.of(new ScoredBatch(List.of(outcome), Map.of()), List.of(outcome), refusals, Duration.ZERO);
    }

    private void assertBounded(long allocated, Event event) {
        long candidates = event instanceof Event.Accepted accepted
                ? accepted.request().candidates().size()
                : 0;
        long allowed = BYTES_AN_EVENT + BYTES_A_BYTE * event.bytes() + BYTES_A_CANDIDATE * candidates;
        assertThat(allocated).as("bytes for an event of %d", event.bytes()).isLessThan(allowed);
        largestShare = Math.max(largestShare, 100 * allocated / allowed);
    }

    /** One record for the event, and statistics that count it once. */
    private void assertOneOutcome(ConsumerRecord<byte[], byte[]> source, OutgoingRecords.Transaction transaction)
            throws RejectedException {
        Outcome sent = transaction.sent().get(0);
        assertThat(transaction.sent()).hasSize(1);
        assertThat(transaction.records()).hasSize(2);
        ProducerRecord<byte[], byte[]> record = transaction.records().get(0);
        assertThat(record.partition()).isEqualTo(source.partition());
        assertThat(record.key()).isEqualTo(source.key());
        if (sent instanceof Outcome.DeadLetter deadLetter) {
            assertThat(record.topic()).isEqualTo(Topics.DEFAULT.deadLetters());
            assertAsItCame(source, deadLetter, record);
            deadLetters.merge(deadLetter.rejection().reason(), 1, Integer::sum);
        } else {
            assertThat(record.topic()).isEqualTo(Topics.DEFAULT.ranked());
            assertAnswers(((Event.Accepted) sent.event()).request(), rankings.decode(record.value()));
        }
    }

    private void assertAnswers(RerankRequest request, Ranking ranking) {
        assertThat(ranking.requestId()).isEqualTo(request.requestId());
        assertThat(ranking.attributes()).isEqualTo(request.attributes());
        if (ranking.outcome() == Ranking.Outcome.EXPIRED) {
            expired++;
            return;
        }
        ranked++;
        int all = request.candidates().size();
        int depth = request.topK() == null ? all : Math.min(all, request.topK());
        assertThat(ranking.candidates()).hasSize(depth).doesNotHaveDuplicates();
        for (RankedCandidate candidate : ranking.candidates()) {
            assertThat(candidate.id())
                    .isEqualTo(request.candidates()
                            .get(candidate.previousRank() - 1)
                            .id());
        }
    }

    private static void assertAsItCame(
            ConsumerRecord<byte[], byte[]> source,
            Outcome.DeadLetter deadLetter,
            ProducerRecord<byte[], byte[]> record) {
        assertThat(record.value()).isSameAs(source.value());
        DeadLetter read = DeadLetter.of(readAgain(record));
        assertThat(read.originalHeaders()).containsExactly(source.headers().toArray());
        assertThat(read.reason()).isEqualTo(deadLetter.rejection().reason().word());
        assertThat(read.message()).isEqualTo(deadLetter.rejection().message());
        assertThat(read.source()).isEqualTo(deadLetter.event().source());
        assertThat(read.valueOmitted()).isFalse();
        assertThat(deadLetter.rejection().message())
                .hasSizeLessThan(MESSAGE_CHARS_MAX)
                .doesNotContainPattern("\\p{Cntrl}")
                .doesNotContain("Stadt", "is large");
    }

    /** What the broker refuses becomes smaller twice, and then there is no more to leave out. */
    private void assertRefusalsEnd(ConsumerRecord<byte[], byte[]> source, Outcome outcome, Refusals refusals) {
        Event event = outcome.event();
        while (refusals.add(event)) {
            OutgoingRecords.Transaction again = written(outcome, refusals);
            assertThat(again.sent()).hasSize(1).allMatch(sent -> sent instanceof Outcome.DeadLetter);
        }
        ProducerRecord<byte[], byte[]> last =
                written(outcome, refusals).records().get(0);
        DeadLetter read = DeadLetter.of(readAgain(last));
        assertThat(last.value()).isNull();
        assertThat(read.originalHeaders()).isEmpty();
        assertThat(read.valueOmitted()).isTrue();
        assertThat(read.bytes()).isEqualTo(source.serializedValueSize());
        assertThat(read.source()).isEqualTo(event.source());
        assertThat(bytesOf(last.headers()) + (last.key() == null ? 0 : last.key().length))
                .isLessThan(64 << 10);
    }

    private static int bytesOf(Iterable<Header> headers) {
        int bytes = 0;
        for (Header header : headers) {
            bytes += header.key().length() + (header.value() == null ? 0 : header.value().length);
        }
        return bytes;
    }

    private static ConsumerRecord<byte[], byte[]> readAgain(ProducerRecord<byte[], byte[]> record) {
        return new ConsumerRecord<>(
                record.topic(),
                record.partition(),
                0,
                0,
                TimestampType.CREATE_TIME,
                record.key() == null ? ConsumerRecord.NULL_SIZE : record.key().length,
                record.value() == null ? ConsumerRecord.NULL_SIZE : record.value().length,
                record.key(),
                record.value(),
                new RecordHeaders(record.headers()),
                Optional.empty());
    }

    private List<Sample> samples() {
        String bert = rerankers.get(0).documentIds().orElseThrow().tokenizer();
        String llama = rerankers.get(1).documentIds().orElseThrow().tokenizer();
        List<Candidate> some = candidates(3, null);
        List<RerankRequest> all = List.of(
                request(some, null, null, null, null),
                request(some, null, "llama", 2, null),
                request(some, null, "bert", null, TestingEvents.NOW.plusSeconds(1)),
                request(some, null, "llama", 1, TestingEvents.NOW.minusSeconds(1)),
                request(some, null, "nobody\n" + "x".repeat(5_000), null, null),
                request(candidates(4, new int[] {5, 7, 11}), bert, "bert", null, null),
                request(candidates(4, IntStream.range(1, 400).toArray()), llama, "llama", 3, null),
                request(candidates(2, new int[] {5, 1 << 30}), bert, null, null, null),
                request(candidates(2, new int[] {5}), HexFormat.of().formatHex(new byte[3_000]), null, null, null),
                request(candidates(0, null), null, null, null, null),
                request(candidates(50, null), null, null, null, null),
                request(candidates(51, null), null, null, null, null));
        List<Sample> samples = new ArrayList<>();
        for (RerankRequest request : all) {
            byte[] event = requests.encode(request);
            samples.add(Sample.of(event, "CandidateList"));
            samples.add(Sample.of(event, "CandidateList", 1));
        }
        return samples;
    }

    private static RerankRequest request(
            List<Candidate> candidates,
            @Nullable String tokenizer,
            @Nullable String model,
            @Nullable Integer topK,
            @Nullable Instant deadline) {
        return new RerankRequest(
                "r-1",
                new Query(topK == null ? null : "q-1", "Welche ist die größte Stadt?"),
                candidates,
                tokenizer,
                model,
                topK,
                deadline,
                topK == null ? Map.of() : Map.of("tenant", "x", "trace", "y"));
    }

    private static List<Candidate> candidates(int count, int @Nullable [] ids) {
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            TokenIds tokenIds = ids == null || i % 2 == 1 ? null : new TokenIds(ids);
            candidates.add(new Candidate("d" + i, "東京 is large ".repeat(i), i % 3 == 0 ? null : 1.5 * i, tokenIds));
        }
        return candidates;
    }

    /** So that what tokenizing allocates is counted, too. */
    private static final class CallingThread extends AbstractExecutorService {
        @Override
        public void execute(Runnable command) {
            command.run();
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }
}

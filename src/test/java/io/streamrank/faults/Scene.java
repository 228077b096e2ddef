package io.streamrank.faults;

import io.streamrank.contract.SourcePosition;
import io.streamrank.ingest.TestingTopics;
import io.streamrank.model.Reranker;
import io.streamrank.testing.Ledger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Topics of its own on a stage, traffic on them, a witness, and a crew of workers. */
final class Scene implements AutoCloseable {
    static final int PARTITIONS = 4;

    private static final Set<Integer> ALL_PARTITIONS =
            IntStream.range(0, PARTITIONS).boxed().collect(Collectors.toUnmodifiableSet());
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int NEWEST = 100;
    private static final int OFFENCES_SHOWN = 20;
    private static final long STEP_MILLIS = 50;

    private final Stage stage;
    private final Random random;
    private final TestingTopics topics;
    private final Ledger ledger = new Ledger();
    private final Traffic traffic;
    private final Witness witness;
    private final Crew crew;

    /** A scene whose workers are processes. */
    Scene(Stage stage, String name, long seed, WorkerProcess.Manner manner) {
        this(stage, name, seed, manner, events(seed));
    }

    private static MixedEvents events(long seed) {
        try (Reranker reranker = KnownRankings.likeWorkerProcesses()) {
            return new MixedEvents(reranker, seed);
        }
    }

    Scene(Stage stage, String name, long seed, WorkerProcess.Manner manner, MixedEvents events) {
        this.stage = stage;
        this.random = new Random(seed);
        this.topics = TestingTopics.created(name, stage.broker(), PARTITIONS);
        String broker = stage.broker().bootstrapServers();
        this.traffic = new Traffic(broker, topics.topics().candidates(), PARTITIONS, ledger, events, seed);
        this.witness = Witness.start(broker, topics.topics(), PARTITIONS, ledger);
        this.crew = new Crew(stage, topics.topics(), name, manner);
    }

    Stage stage() {
        return stage;
    }

    /** For what is left to chance. */
    Random random() {
        return random;
    }

    TestingTopics topics() {
        return topics;
    }

    Traffic traffic() {
        return traffic;
    }

    Crew crew() {
        return crew;
    }

    int sent() {
        return ledger.sentCount();
    }

    /** What all answers that came out add up to. */
    Map<String, Long> answered() {
        return ledger.answered();
    }

    static Set<Integer> allPartitions() {
        return ALL_PARTITIONS;
    }

    /** Waits until outcomes of all partitions come that were written from now on. */
    void awaitFlow() throws Exception {
        awaitRecovery(blow(ALL_PARTITIONS));
    }

    /** That these partitions were struck, and that it is over now. */
    Blow blow(Set<Integer> partitions) {
        return new Blow(System.currentTimeMillis(), partitions, witness.sightings(), "");
    }

    /** That this worker is about to be told to end: over once others have what it had. */
    Blow blowOfLeaving(WorkerProcess victim) throws Exception {
        Set<Integer> partitions = crew.partitionsOf(victim);
        return new Blow(System.currentTimeMillis(), partitions, witness.sightings(), "streamrank/" + victim.name());
    }

    /** One of the crew that has partitions, and so will commit soon. */
    WorkerProcess workerAtWork() throws Exception {
        List<WorkerProcess> candidates = new ArrayList<>(crew.alive());
        Collections.shuffle(candidates, random);
        AtomicReference<WorkerProcess> found = new AtomicReference<>();
        await("a worker that has partitions", () -> {
            for (WorkerProcess candidate : candidates) {
                if (!crew.partitionsOf(candidate).isEmpty()) {
                    found.set(candidate);
                    return true;
                }
            }
            return false;
        });
        return found.get();
    }

    /** Waits until outcomes of all partitions concerned come that were written after the blow. */
    void awaitRecovery(Blow blow) throws Exception {
        await(
                "outcomes of partitions " + blow.partitions(),
                () -> recovery(blow).isOver());
    }

    /** Waits until no more is unanswered than what comes within a moment. */
    void awaitCaughtUp() throws Exception {
        await("answers to all but the newest", () -> ledger.sentCount() - ledger.answeredCount() < NEWEST);
    }

    /** How long it took until now to recover from a blow. */
    Recovery recovery(Blow blow) {
        Map<SourcePosition, Long> written = traffic.writtenMillis();
        Map<Integer, Long> next = new HashMap<>();
        long caughtUp = blow.sinceMillis();
        for (Witness.Sighting sighting : witness.sightings(blow.sightingsBefore())) {
            int partition = sighting.source().partition();
            if (sighting.writtenMillis() >= blow.sinceMillis()
                    && blow.partitions().contains(partition)
                    && blow.counts(sighting.worker())) {
                next.putIfAbsent(partition, sighting.seenMillis());
            }
            if (written.getOrDefault(sighting.source(), 0L) <= blow.sinceMillis()) {
                caughtUp = Math.max(caughtUp, sighting.seenMillis());
            }
        }
        boolean over = next.size() == blow.partitions().size();
        long last = next.values().stream().mapToLong(Long::longValue).max().orElse(blow.sinceMillis());
        return new Recovery(over, last - blow.sinceMillis(), caughtUp - blow.sinceMillis());
    }

    /**
     * The longest that each partition went without an outcome that could be read.
     *
     * @param from since when, with traffic on all partitions
     */
    Map<Integer, Long> longestSilences(Blow from) {
        Map<Integer, Long> last = new HashMap<>();
        Map<Integer, Long> longest = new HashMap<>();
        for (Witness.Sighting sighting : witness.sightings(from.sightingsBefore())) {
            int partition = sighting.source().partition();
            Long before = last.put(partition, sighting.seenMillis());
            long since = before == null ? from.sinceMillis() : before;
            longest.merge(partition, sighting.seenMillis() - since, Math::max);
        }
        return longest;
    }

    /** Ends the traffic, and holds all that came out so far against all that was sent. */
    void settle() throws Exception {
        List<String> offences = offencesOnceSettled();
        if (!offences.isEmpty()) {
            throw failed(offences.size() + " offences");
        }
    }

    /** Ends the traffic, waits until all that was sent is answered and all that was written can be read, and judges. */
    List<String> offencesOnceSettled() throws Exception {
        traffic.end();
        while (ledger.answeredCount() < ledger.sentCount()) {
            int answered = ledger.answeredCount();
            await("one more answer", () -> ledger.answeredCount() > answered);
        }
        await("committed offsets of all events", () -> topics.lag() == 0);
        // Topics are read apart, and a transaction may have reached the offsets but not yet all of them.
        CountDownLatch caughtUp = witness.catchUp();
        await("the witness has read all that was written", () -> caughtUp.getCount() == 0);
        return ledger.offences();
    }

    /** Waits for what must come about while the crew works. */
    void await(String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            Throwable blind = witness.failure();
            if (blind != null) {
                throw new AssertionError("the witness itself failed: nothing is known of the outcomes", blind);
            }
            if (!crew.deserters().isEmpty()) {
                throw failed(crew.deserters() + " ended, waiting for " + what);
            }
            if (System.nanoTime() > deadline) {
                throw failed("not within " + PATIENCE.toSeconds() + " s: " + what);
            }
            Thread.sleep(STEP_MILLIS);
        }
    }

    private AssertionError failed(String what) throws Exception {
        String offences =
                ledger.offences().stream().limit(OFFENCES_SHOWN).collect(Collectors.joining("\n  ", "\n  ", ""));
        return new AssertionError(what + ", the first of them:" + offences + "\n" + crew.logs());
    }

    @Override
    public void close() {
        crew.close();
        traffic.close();
        witness.close();
        topics.close();
    }
}

package io.streamrank.ingest;

import static java.util.Objects.requireNonNull;

import io.streamrank.batch.BatchPolicy;
import io.streamrank.batch.TransactionPacer;
import io.streamrank.contract.CandidateListCodec;
import io.streamrank.contract.Framing;
import io.streamrank.contract.RerankRequest;
import io.streamrank.model.Reranker;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.CloseOptions.GroupMembershipOperation;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnreleasedInstanceIdException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reranking worker: reads candidate lists, ranks them, publishes each outcome. {@link #run} does it on
 * the calling thread until {@link #stop} is called from another, or something fails for good.
 *
 * <p>The models belong to the caller, who closes them after the worker has ended.
 */
public final class Worker {
    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
    /** The first wait of several, each twice as long: every attempt fences the producer of a twin that works. */
    private static final Duration JOIN_RETRY = Duration.ofSeconds(1);

    /** By then the group has given this worker's partitions to others. */
    private static final Duration POLL_STUCK = Duration.ofMinutes(5);

    private static final Duration BROKER_SILENCE = Duration.ofSeconds(30);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private static final Duration TOPIC_PATIENCE = Duration.ofSeconds(15);

    private final IngestSettings settings;
    private final Models models;
    private final Function<Reranker, BatchPolicy> policies;
    private final Clock clock;
    private final PipelineObserver observer;
    private final @Nullable GroupReplay replay;
    private final Framing framing;

    private final Heartbeats heartbeats = new Heartbeats(System::nanoTime);

    private final Admission admission;
    private final DirectEntrance directEntrance;
    private volatile Intake intake;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean stopRequested;
    private volatile @Nullable PollLoop pollLoop;

    /**
     * @param policies how much goes into one forward pass of a model
     * @param observer told of what happens, on the worker's own threads: it must be quick
     */
    public Worker(
            IngestSettings settings,
            Models models,
            Function<Reranker, BatchPolicy> policies,
            Clock clock,
            PipelineObserver observer) {
        this(settings, models, policies, clock, observer, null, Framing.SINGLE_OBJECT);
    }

    /**
     * The same for a replay: with the workers of its group it ranks a part of a recorded topic, each list whole and by the
     * default model, whatever it asked for and however late it is, and ends once the group is done.
     *
     * @param replay what is replayed; absent for whatever comes, until stopped
     * @param framing how events are framed; schemas by id are looked up without waiting, as the worker polls meanwhile
     */
    public Worker(
            IngestSettings settings,
            Models models,
            Function<Reranker, BatchPolicy> policies,
            Clock clock,
            PipelineObserver observer,
            @Nullable GroupReplay replay,
            Framing framing) {
        this.settings = requireNonNull(settings, "settings");
        this.models = requireNonNull(models, "models");
        this.policies = requireNonNull(policies, "policies");
        this.clock = requireNonNull(clock, "clock");
        this.observer = requireNonNull(observer, "observer");
        this.replay = replay;
        this.framing = requireNonNull(framing, "framing");
        admission = new Admission(
                new CandidateListCodec(framing), models, settings.limits(), replay == null ? null : replay.sample());
        directEntrance = new DirectEntrance(admission, models, observer);
        intake = new Intake(settings.limits());
    }

    /**
     * Works until stopped.
     *
     * @throws StartException if the cluster or its topics are not there
     * @throws DeviceHungException if a forward pass does not come back: end the process, don't close the models
     * @throws WorkerFailedException if something failed that trying again cannot mend; nothing unfinished is committed
     */
    public void run() throws InterruptedException {
        try (Watchdog watchdog =
                new Watchdog(heartbeats, settings.limits().device().timeout(), this::fail)) {
            watchdog.start();
            KafkaClients clients = new KafkaClients(settings);
            if (replay == null) {
                new TopicCheck(settings).require(settings.topics().all());
            } else {
                new TopicCheck(settings).requireRecorded(settings.topics());
            }
            ExecutorService tokenizers = tokenizers();
            try {
                long patientUntil =
                        System.nanoTime() + settings.limits().joinTimeout().toNanos();
                Backoff backoff = new Backoff(JOIN_RETRY);
                while (!joinAndRun(clients, tokenizers, patientUntil)) {
                    backoff.sleep();
                }
            } finally {
                tokenizers.shutdownNow();
            }
            Throwable cause = failure.get();
            if (cause instanceof DeviceHungException hung) {
                throw hung;
            }
            if (cause != null) {
                throw failed(cause);
            }
        } finally {
            ended.countDown();
        }
    }

    /**
     * Works until stopped.
     *
     * @return false where a predecessor's session still holds this worker's name and there is time to try again
     */
    private boolean joinAndRun(KafkaClients clients, ExecutorService tokenizers, long patientUntil)
            throws InterruptedException {
        KafkaConsumer<byte[], byte[]> consumer = clients.consumer();
        GroupMembershipOperation parting = GroupMembershipOperation.DEFAULT;
        try {
            runWith(clients, consumer, tokenizers);
            parting = GroupMembershipOperation.LEAVE_GROUP;
            return true;
        } catch (UnreleasedInstanceIdException e) {
            if (stopRequested) {
                return true;
            }
            if (System.nanoTime() < patientUntil) {
                LOG.info("{} is still in the group, by a session that has not ended; waiting", settings.instanceId());
                return false;
            }
            throw twin(e);
        } catch (FencedInstanceIdException e) {
            throw twin(e);
        } catch (InterruptException e) {
            Thread.interrupted();
            throw new InterruptedException("interrupted while polling");
        } catch (KafkaException e) {
            throw new WorkerFailedException(e.getMessage(), e);
        } finally {
            close(consumer, parting);
        }
    }

    private static void close(KafkaConsumer<?, ?> consumer, GroupMembershipOperation parting) {
        try {
            consumer.close(CloseOptions.timeout(CLOSE_TIMEOUT).withGroupMembershipOperation(parting));
        } catch (KafkaException e) {
            // Nothing hangs on it: the group ends a session that it does not hear of.
            LOG.warn("The consumer did not close as it should: {}", ErrorText.firstLine(e));
        }
    }

    /** Polling and publishing run side by side, and either may be the first to hear of a twin. */
    private WorkerFailedException failed(Throwable cause) {
        for (Throwable inner = cause; inner != null; inner = inner.getCause()) {
            if (inner instanceof FencedInstanceIdException) {
                return twin(cause);
            }
        }
        return new WorkerFailedException(cause.getMessage(), cause);
    }

    private WorkerFailedException twin(Throwable cause) {
        return new WorkerFailedException(
                "another worker of group " + settings.groupId() + " calls itself " + settings.instanceId()
                        + "; each needs an instance id of its own",
                cause);
    }

    private void runWith(KafkaClients clients, KafkaConsumer<byte[], byte[]> consumer, ExecutorService tokenizers)
            throws InterruptedException {
        Intake intake = new Intake(settings.limits());
        this.intake = intake;
        try {
            runWith(clients, consumer, tokenizers, intake);
        } finally {
            intake.turnAwayAll(Health.State.ENDED);
        }
    }

    private void runWith(
            KafkaClients clients, KafkaConsumer<byte[], byte[]> consumer, ExecutorService tokenizers, Intake intake)
            throws InterruptedException {
        Limits limits = settings.limits();
        Map<String, Integer> partitions =
                PartitionCounts.of(consumer, settings.topics().all(), TOPIC_PATIENCE);
        try (Admin admin = clients.admin()) {
            TopicCheck.warnOfLayout(admin, settings.topics(), partitions);
        }
        AtomicReference<@Nullable PollLoop> loop = new AtomicReference<>();
        AnsweredOffsets answered = new AnsweredOffsets();
        Delivery delivery = switch (settings.guarantee()) {
            case EXACTLY_ONCE ->
                new ExactlyOnce(
                        new GroupOffsets(clients, settings.groupId()),
                        () -> requireNonNull(loop.get()).group());
            case AT_LEAST_ONCE -> new AtLeastOnce(answered);
        };
        try (Publisher publisher = new Publisher(
                clients::producer,
                delivery,
                new OutgoingRecords(settings, models, partitions::get, clock, framing),
                limits.publishTimeout(),
                observer)) {
            publisher.start();
            PollLoop polling = new PollLoop(
                    consumer,
                    admission,
                    intake,
                    publisher,
                    answered,
                    limits,
                    heartbeats,
                    observer,
                    replay == null ? null : new ReplayBounds(settings.groupId(), replay),
                    new AwaitedSchemas(framing.registered()));
            loop.set(polling);
            pollLoop = polling;
            Pipeline pipeline = new Pipeline(
                    intake,
                    limits,
                    new TransactionPacer(limits.transactionTarget(), minTransactionChars()),
                    new Encoder(tokenizers, limits, clock),
                    new Scoring(policies, limits.device(), heartbeats, clock, observer),
                    publisher,
                    clock,
                    observer,
                    this::fail);
            pipeline.start();
            try {
                if (!stopRequested) {
                    polling.run(settings.topics().candidates());
                }
            } finally {
                intake.close();
                pipeline.stop();
            }
        }
    }

    private long minTransactionChars() {
        return (long) Rankable.CHARS_PER_TOKEN
                * policies.apply(models.byDefault()).maxBatchTokens();
    }

    static ExecutorService tokenizers() {
        AtomicInteger number = new AtomicInteger();
        return Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(), task -> {
            Thread thread = new Thread(task, "streamrank-tokenize-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }

    private void fail(Throwable cause) {
        if (failure.compareAndSet(null, cause)) {
            LOG.error("The worker ends: {}", cause.toString());
        }
        stop(false);
    }

    /** Asks the worker to end: what is being scored is committed, what waits is left to others. From any thread. */
    public void stop() {
        stop(true);
    }

    private void stop(boolean drain) {
        stopRequested = true;
        intake.turnAwayWaiting(Health.State.STOPPING);
        PollLoop polling = pollLoop;
        if (polling != null) {
            polling.stop(drain);
        }
    }

    /**
     * Ranks a request for a caller who waits, by the same models, in the same way and within the same limits as events,
     * but in batches of its own and sooner: nothing of it goes to Kafka or into statistics. Past its deadline it is not
     * scored any more. Whoever has waited long enough cancels the future: what waits then is not scored, either.
     *
     * <p>From any thread. Never waits, and throws nothing: the future fails, with a {@link DirectRankingException}, also
     * where the worker ends first. The future is completed on the worker's own threads, so whatever goes on from it and
     * takes its time must do so elsewhere, by {@code whenCompleteAsync} and the like.
     */
    public CompletableFuture<DirectRanking> rank(RerankRequest request) {
        return directEntrance.enter(request, health().state(), intake);
    }

    /** How it is. From any thread. */
    public Health health() {
        PollLoop polling = pollLoop;
        boolean joined = polling != null && polling.hasJoined();
        Duration silence = polling == null ? Duration.ZERO : polling.sinceBroker();
        return new Health(state(joined, silence), joined, heartbeats.sincePoll(), heartbeats.inPass(), silence);
    }

    /**
     * Whether a request that is in hand, be it waiting or being worked on, is for this model: as long as one is, the model
     * must not be closed. From any thread.
     */
    public boolean isRanking(Reranker reranker) {
        return intake.isFor(reranker);
    }

    /** What is before it. From any thread. */
    public Load load() {
        PollLoop polling = pollLoop;
        return polling == null ? Load.NONE : polling.load();
    }

    private Health.State state(boolean joined, Duration silence) {
        if (ended.getCount() == 0) {
            return Health.State.ENDED;
        }
        boolean deviceHangs =
                heartbeats.inPass().compareTo(settings.limits().device().timeout()) >= 0;
        if (deviceHangs || (joined && heartbeats.sincePoll().compareTo(POLL_STUCK) >= 0)) {
            return Health.State.STUCK;
        }
        if (stopRequested) {
            return Health.State.STOPPING;
        }
        if (!joined) {
            return Health.State.STARTING;
        }
        return silence.compareTo(BROKER_SILENCE) < 0 ? Health.State.READY : Health.State.CUT_OFF;
    }

    /** Bytes of the events that were polled and are not yet answered. */
    long bytesInHand() {
        return intake.bytesInHand();
    }

    /**
     * Whether {@link #run} has returned and everything that was being scored then was committed. What was not is scored
     * again by others.
     */
    public boolean hasDrained() {
        PollLoop polling = pollLoop;
        return ended.getCount() == 0 && failure.get() == null && (polling == null || polling.hasDrained());
    }

    /** Whether a replay is done: its group has answered all of it. */
    public boolean isComplete() {
        PollLoop polling = pollLoop;
        return polling != null && polling.isComplete();
    }

    /** Waits until {@link #run} has returned. */
    public boolean awaitEnd(Duration patience) throws InterruptedException {
        return ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    }
}

package io.streamrank.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.streamrank.ingest.Models;
import io.streamrank.ingest.RolloutReport.Rollout;
import io.streamrank.ingest.RolloutReport.State;
import io.streamrank.model.Reranker;
import io.streamrank.testing.CapturedLog;
import io.streamrank.testing.Eventually;
import io.streamrank.testing.TestingReranker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RolloutWatchTest {
    private static final String FIRST = "0123456789ab";
    private static final String REST = "0".repeat(52);
    private static final Duration RETRY = Duration.ofMinutes(1);

    private final TestingReranker first = new TestingReranker("test");
    private final Models models = new Models(List.of(first, new TestingReranker("other")));
    private final Map<Path, String> digests = new HashMap<>();
    private final List<TestingReranker> loaded = new ArrayList<>();
    private final Set<Reranker> inHand = new HashSet<>();
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger begun = new AtomicInteger();
    private volatile CountDownLatch gate = new CountDownLatch(0);
    private volatile @Nullable RuntimeException failure;

    @TempDir
    private Path folder = Path.of("");

    private RolloutWatch watch;

    @BeforeEach
    void holdTwo() throws IOException {
        digests.put(Path.of("two"), "222222222222" + REST);
        digests.put(Path.of("three"), "333333333333" + REST);
        digests.put(Path.of("same"), FIRST + REST);
        watch = watchLoadingBy(Runnable::run);
        write("");
    }

    private RolloutWatch.Loader loader() {
        return new RolloutWatch.Loader() {
            @Override
            public String digest(Path path) {
                return Optional.ofNullable(digests.get(path))
                        .orElseThrow(() -> new IllegalArgumentException(path + ": is not a folder"));
            }

            @Override
            public Reranker load(Path path, Reranker beside, List<Reranker> held) {
                begun.incrementAndGet();
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                RuntimeException thrown = failure;
                if (thrown != null) {
                    throw thrown;
                }
                assertThat(beside).isSameAs(first);
                assertThat(held).contains(first);
                TestingReranker reranker = new TestingReranker("test")
                        .ofRevision(requireNonNull(digests.get(path)).substring(0, 12));
                loaded.add(reranker);
                return reranker;
            }
        };
    }

    @Test
    void loadsOnceAndSharesAsTheFileSays() throws Exception {
        wish("two", "0");
        watch.follow();
        assertThat(models.next("test")).containsSame(loaded.get(0));
        assertThat(models.share(loaded.get(0))).isZero();
        assertThat(only().state()).isEqualTo(State.SERVING);

        wish("two", "0.5");
        watch.follow();
        assertThat(models.share(loaded.get(0))).isEqualTo(0.5);

        wish("two", "100%");
        watch.follow();

        assertThat(loaded).hasSize(1);
        assertThat(models.share(loaded.get(0))).isEqualTo(1);
        assertThat(only())
                .isEqualTo(new Rollout("test", "two", Optional.of("222222222222"), 1, State.SERVING, Optional.empty()));
    }

    @Test
    void namingTheRevisionThatIsLoadedLoadsNothing() throws Exception {
        wish("two", "0.5");
        watch.follow();

        write("test.path=two\ntest.share=0.5\ntest.revision=222222222222");
        watch.follow();

        assertThat(loaded).hasSize(1);
        assertThat(only().state()).isEqualTo(State.SERVING);
    }

    @Test
    void closesWhatIsGivenUpOnlyOnceNothingInHandIsForIt() throws Exception {
        wish("two", "1");
        watch.follow();
        inHand.add(loaded.get(0));

        write("");
        watch.follow();
        assertThat(models.next("test")).isEmpty();
        assertThat(loaded.get(0).isClosed()).isFalse();
        assertThat(watch.report().rollouts()).isEmpty();

        watch.follow();
        assertThat(loaded.get(0).isClosed()).isFalse();

        inHand.clear();
        watch.follow();
        assertThat(loaded.get(0).isClosed()).isTrue();
        assertThat(first.isClosed()).isFalse();
    }

    @Test
    void theRevisionBeforeServesUntilTheOneAfterIsThere() throws Exception {
        wish("two", "0.5");
        watch.follow();
        failure = new IllegalStateException("no room");
        wish("three", "0.7");
        watch.follow();

        assertThat(models.next("test")).containsSame(loaded.get(0));
        assertThat(models.share(loaded.get(0))).isEqualTo(0.5);
        assertThat(only().state()).isEqualTo(State.FAILED);
        assertThat(only().error()).contains("no room");

        failure = null;
        nanos.addAndGet(RETRY.toNanos());
        watch.follow();

        assertThat(models.next("test")).containsSame(loaded.get(1));
        assertThat(models.share(loaded.get(1))).isEqualTo(0.7);
        assertThat(loaded.get(0).isClosed()).isTrue();
    }

    @Test
    void whatCannotBeLoadedIsToldAndTriedAgainAfterAWhile() throws Exception {
        wish("four", "0.5");
        try (CapturedLog log = new CapturedLog()) {
            watch.follow();
            watch.follow();

            assertThat(log.text())
                    .containsOnlyOnce("no revision can be rolled out from four")
                    .contains("all its requests are ranked as before", "four: is not a folder");
        }
        assertThat(only().state()).isEqualTo(State.FAILED);
        assertThat(models.share(first)).isEqualTo(1);
        assertThat(watch.report().isSound()).isFalse();

        digests.put(Path.of("four"), "444444444444" + REST);
        watch.follow();
        assertThat(only().state()).isEqualTo(State.FAILED);
        nanos.addAndGet(RETRY.toNanos());
        watch.follow();
        assertThat(only().state()).isEqualTo(State.SERVING);
        assertThat(watch.report().isSound()).isTrue();
    }

    @Test
    void refusesAnotherRevisionThanExpected() throws Exception {
        write("test.path=two\ntest.share=1\ntest.revision=333333333333");
        watch.follow();

        assertThat(loaded).isEmpty();
        assertThat(only().error().orElseThrow())
                .contains("two holds revision 222222222222, expected 333333333333 (test.revision)");
    }

    @Test
    void badContentLeavesAllAsItWas() throws Exception {
        wish("two", "0.5");
        watch.follow();
        write("test.path=two\ntest.share=many\n");
        try (CapturedLog log = new CapturedLog()) {
            watch.follow();
            watch.follow();

            assertThat(log.text()).containsOnlyOnce("cannot be followed, all stays as it is");
        }
        assertThat(models.share(loaded.get(0))).isEqualTo(0.5);
        assertThat(watch.report().fileError().orElseThrow()).contains("test.share is 'many'");

        Files.delete(file());
        watch.follow();
        assertThat(models.share(loaded.get(0))).isEqualTo(0.5);
        assertThat(watch.report().fileError().orElseThrow()).contains("there is no such file");

        wish("two", "0.5");
        watch.follow();
        assertThat(watch.report().isSound()).isTrue();
        assertThat(loaded).hasSize(1);
    }

    @Test
    void theRevisionThatServesAlreadyIsNotLoadedAgain() throws Exception {
        wish("same", "1");
        watch.follow();
        watch.follow();

        assertThat(loaded).isEmpty();
        assertThat(only().state()).isEqualTo(State.SAME);
        assertThat(models.share(first)).isEqualTo(1);
    }

    private RolloutWatch watchLoadingBy(Executor loading) {
        return new RolloutWatch(
                new RolloutFile(file()),
                models,
                loader(),
                inHand::contains,
                Duration.ofMillis(1),
                RETRY,
                nanos::get,
                loading);
    }

    @Test
    void goingBackWaitsForNoLoad() throws Exception {
        ExecutorService loading = Executors.newSingleThreadExecutor();
        watch = watchLoadingBy(loading);
        wish("two", "1");
        watch.followToTheEnd();
        assertThat(models.share(first)).isZero();
        gate = new CountDownLatch(1);
        wish("three", "1");
        watch.follow();
        Eventually.await("it loads", () -> begun.get() == 2);
        watch.follow();
        assertThat(only().state()).isEqualTo(State.LOADING);
        assertThat(models.share(first)).isZero();

        write("");
        watch.follow();
        assertThat(models.share(first)).isEqualTo(1);
        assertThat(watch.report().rollouts()).isEmpty();

        gate.countDown();
        loading.shutdown();
        assertThat(loading.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(loaded).hasSize(2).allMatch(TestingReranker::isClosed);
        watch.follow();
        assertThat(models.next("test")).isEmpty();
    }

    @Test
    void tellsThatItLoadsAndClosesWhatComesTooLate() throws Exception {
        ExecutorService loading = Executors.newSingleThreadExecutor();
        watch = watchLoadingBy(loading);
        gate = new CountDownLatch(1);
        wish("two", "1");
        watch.start();
        Eventually.await(
                "it loads",
                () -> watch.report().rollouts().stream().anyMatch(rollout -> rollout.state() == State.LOADING));
        assertThat(models.share(first)).isEqualTo(1);

        gate.countDown();
        Eventually.await("it serves", () -> models.share(first) == 0);
        write("");
        Eventually.await("it is given up", () -> loaded.get(0).isClosed());
        watch.close();
        loading.shutdown();
    }

    private Rollout only() {
        assertThat(watch.report().rollouts()).hasSize(1);
        return watch.report().rollouts().get(0);
    }

    private void wish(String path, String share) throws IOException {
        write("test.path=" + path + "\ntest.share=" + share + "\n");
    }

    private void write(String text) throws IOException {
        Path fresh = folder.resolve("fresh");
        Files.writeString(fresh, text);
        Files.move(fresh, file(), StandardCopyOption.REPLACE_EXISTING);
    }

    private Path file() {
        return folder.resolve("rollout.properties");
    }
}

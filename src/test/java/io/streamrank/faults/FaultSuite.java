package io.streamrank.faults;

import io.streamrank.ingest.IngestSettings.GroupProtocol;
import io.streamrank.ingest.IngestSettings.Guarantee;
import io.streamrank.model.Reranker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * What the tests of this room have in common: one seed, which every failure names; one stage, and on it one scene with
 * two workers, which all but the odd test use one after the other; and one report.
 *
 * <p>{@code -Dfaults.seed=N} repeats a run as far as time and threads allow. {@code -Dfaults.full=true}, set by the
 * profile {@code faults}, makes everything larger.
 */
final class FaultSuite implements BeforeAllCallback, ParameterResolver, TestExecutionExceptionHandler, AutoCloseable {
    /** Marks what only {@code mvn verify -Pfaults} runs. */
    static final String FULL = "full-faults";

    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(FaultSuite.class);
    private static final boolean LARGE = Boolean.getBoolean("faults.full");
    private static final long SEED =
            Long.getLong("faults.seed", ThreadLocalRandom.current().nextLong(1_000_000_000));
    private static final int WORKERS = 2;

    /** What the crew manages with ease. */
    static final double EVENTS_PER_SECOND = 150;

    private final Report report = new Report(SEED);
    private final List<AutoCloseable> open = new ArrayList<>();
    private Path folder;
    private boolean failed;
    private Stage stage;
    private Scene scene;

    static int times(int large) {
        return LARGE ? large : 1;
    }

    static int events(int large, int small) {
        return LARGE ? large : small;
    }

    long seed() {
        return SEED;
    }

    Report report() {
        return report;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        suite(context);
    }

    private static FaultSuite suite(ExtensionContext context) {
        return context.getRoot()
                .getStore(NAMESPACE)
                .computeIfAbsent(FaultSuite.class, any -> new FaultSuite(), FaultSuite.class);
    }

    /** How workers of the common scene work: by the classic group protocol where the seed is odd, else by the other. */
    WorkerProcess.Manner manner() {
        GroupProtocol protocol = SEED % 2 != 0 ? GroupProtocol.CLASSIC : GroupProtocol.CONSUMER;
        return new WorkerProcess.Manner(protocol, Guarantee.EXACTLY_ONCE);
    }

    /** The same by the other group protocol. */
    WorkerProcess.Manner otherManner() {
        boolean classic = manner().protocol() == GroupProtocol.CLASSIC;
        GroupProtocol other = classic ? GroupProtocol.CONSUMER : GroupProtocol.CLASSIC;
        return new WorkerProcess.Manner(other, Guarantee.EXACTLY_ONCE);
    }

    /** The scene that most tests share. */
    private synchronized Scene scene() {
        if (scene == null) {
            scene = openScene("faults", manner());
            open.add(scene);
        }
        return scene;
    }

    /** A scene of its own on the common stage. */
    synchronized Scene openScene(String name, WorkerProcess.Manner manner) {
        return new Scene(stage(), name, SEED, manner);
    }

    /** The same for workers of the test's own, which score like this. */
    synchronized Scene openScene(String name, Reranker reranker) {
        return new Scene(stage(), name, SEED, manner(), new MixedEvents(reranker, SEED));
    }

    private Stage stage() {
        if (stage == null) {
            try {
                folder = Files.createTempDirectory("streamrank-faults");
                stage = Stage.open(folder, folder.resolve("broker"));
                open.add(stage);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return stage;
    }

    /** Strikes a number of times under load, each time after things went well again, and holds all to the ledger. */
    void play(Fault fault, int times) throws Exception {
        play(scene(), fault, times);
    }

    /** The same on another scene. */
    void play(Scene scene, Fault fault, int times) throws Exception {
        long start = System.nanoTime();
        int before = scene.sent();
        scene.crew().fill(WORKERS);
        scene.traffic().begin(EVENTS_PER_SECOND);
        List<Blow> blows = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            scene.crew().fill(WORKERS);
            scene.awaitFlow();
            Blow blow = fault.strike(scene);
            blows.add(blow);
            scene.awaitRecovery(blow);
            // They need not be there before the next strike, and start while the last is settled.
            scene.crew().beginToFill(WORKERS);
            scene.awaitCaughtUp();
        }
        scene.settle();
        List<Recovery> recoveries = blows.stream().map(scene::recovery).toList();
        report.add(Report.Row.of(titled(fault.title(), scene), scene.sent() - before, recoveries, start));
    }

    /** What the report calls it, with the group protocol. */
    static String titled(String what, Scene scene) {
        return what + ", " + scene.crew().manner().protocol().word();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == FaultSuite.class
                || parameter.getParameter().getType() == Scene.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        FaultSuite suite = suite(context);
        return parameter.getParameter().getType() == Scene.class ? suite.scene() : suite;
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable thrown) {
        suite(context).failed = true;
        throw new AssertionError("with -Dfaults.seed=" + SEED + ": " + thrown.getMessage(), thrown);
    }

    private void clearUp() throws IOException {
        if (failed) {
            System.out.println("What the processes have logged, and the broker's data: " + folder);
        } else if (folder != null) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** At the end of all tests. */
    @Override
    public void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        System.out.println(report.table());
        clearUp();
    }
}

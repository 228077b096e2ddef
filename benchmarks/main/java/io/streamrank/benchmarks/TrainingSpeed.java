package io.streamrank.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.streamrank.model.Arithmetic;
import io.streamrank.model.DeviceFault;
import io.streamrank.model.Trainable;
import io.streamrank.training.Learner;
import io.streamrank.training.LearnerSettings;
import io.streamrank.training.OptimizerSettings;
import io.streamrank.training.StepMetrics;
import io.streamrank.training.Trainer;
import io.streamrank.training.TrainerSettings;
import io.streamrank.training.TrainingObserver;
import io.streamrank.training.data.DataSet;
import io.streamrank.training.data.GroupSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Pairs a second of the trainer, from texts on disk to changed weights: {@code training_speed.py} runs it beside a PyTorch
 * loop. Dropout as in the checkpoint's configuration, clipping, AdamW.
 */
@Command(name = "training-speed", mixinStandardHelpOptions = true)
public final class TrainingSpeed implements Callable<Integer> {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Steps of a run that is ended long before. */
    private static final int MANY = 1_000_000;

    private static final double NANOS = 1e9;

    /** Read by libtorch when it begins. */
    private static final String ALLOCATOR = "PYTORCH_CUDA_ALLOC_CONF";

    @Option(
            names = "--run",
            required = true,
            description = "NAME=FOLDER,FILE: a checkpoint and labelled lists to train it on; may be given again.")
    private Map<String, String> runs = Map.of();

    @Option(names = "--device", defaultValue = "gpu", description = "auto, cpu, gpu, gpu:1.")
    private String device = "gpu";

    @Option(names = "--micro-batch-tokens", split = ",", defaultValue = "262144", description = "Sizes to try.")
    private List<Integer> microBatchTokens = List.of();

    @Option(names = "--groups", defaultValue = "128", description = "Groups of a step, one positive and 7 negatives.")
    private int groups;

    @Option(names = "--max-length", defaultValue = "256", description = "The longest pair in tokens.")
    private int maxLength;

    @Option(names = "--warm-up", defaultValue = "8", description = "Steps before the clock starts.")
    private int warmUp;

    @Option(names = "--seconds", defaultValue = "3", description = "For how long steps are counted at least.")
    private double seconds;

    @Option(names = "--steps", defaultValue = "30", description = "How many steps are counted at least.")
    private int leastSteps;

    @Option(names = "--output", required = true, description = "The JSON file to write, anew after each run.")
    private Path output = Path.of("ours.json");

    /** Enough has been measured. */
    private static final class Enough extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** Counts what is done once warm. */
    private final class Count implements TrainingObserver {
        private long began;
        private long ended;
        private long steps;
        private long pairs;
        private long tokens;
        private double firstLoss;
        private double lastLoss;

        @Override
        public void stepped(StepMetrics metrics) {
            ended = System.nanoTime();
            lastLoss = metrics.result().loss();
            if (metrics.step() == 1) {
                firstLoss = lastLoss;
            }
            if (metrics.step() == warmUp) {
                began = ended;
            }
            if (metrics.step() > warmUp) {
                steps++;
                pairs += metrics.pairs();
                tokens += metrics.tokens();
                if (steps >= leastSteps && ended - began > seconds * NANOS) {
                    throw new Enough();
                }
            }
        }

        void tell(ObjectNode node) {
            double took = (ended - began) / NANOS;
            node.put("pairs_per_second", Math.round(pairs / took))
                    .put("tokens_per_second", Math.round(tokens / took))
                    .put("milliseconds_per_step", took / steps * 1000)
                    .put("mean_tokens", (double) tokens / pairs)
                    .put("steps", steps)
                    .put("first_loss", firstLoss)
                    .put("last_loss", lastLoss);
        }
    }

    /** Entry point. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new TrainingSpeed()).execute(arguments));
    }

    @Override
    public Integer call() throws IOException {
        ArrayNode all = JSON.createArrayNode();
        for (Map.Entry<String, String> run : runs.entrySet()) {
            String[] paths = run.getValue().split(",", 2);
            for (int tokens : microBatchTokens) {
                ObjectNode node = all.addObject().put("name", run.getKey()).put("micro_batch_tokens", tokens);
                measure(node, Path.of(paths[0]), Path.of(paths[1]), tokens);
                System.out.println("streamrank " + node);
                System.out.flush();
                JSON.writerWithDefaultPrettyPrinter().writeValue(output.toFile(), all);
            }
        }
        return 0;
    }

    private void measure(ObjectNode node, Path model, Path lists, int tokens) throws IOException {
        DataSet set = DataSet.parse("lists", Map.of("groups", lists.toString(), "negatives", "7"));
        Count count = new Count();
        Path folder = Files.createTempDirectory("training-speed");
        try (GroupSource source = DataSet.open(List.of(set), 1);
                Trainable trainable = Trainable.open(model, maxLength);
                Learner learner = Learner.of(trainable, settings(tokens))) {
            node.put("device", learner.device())
                    .put("trained_numbers", learner.trainedNumbers())
                    .put("allocator", System.getenv(ALLOCATOR));
            new Trainer(
                            learner,
                            batch -> source.batches(groups, batch),
                            TrainerSettings.of(MANY),
                            folder,
                            null,
                            List.of(count))
                    .run();
        } catch (Enough e) {
            count.tell(node);
        } catch (RuntimeException e) {
            if (DeviceFault.of(e) != DeviceFault.OUT_OF_MEMORY) {
                throw e;
            }
            node.put("failed", "out of memory");
        }
    }

    private LearnerSettings settings(int tokens) {
        boolean gpu = device.toLowerCase(Locale.ROOT).startsWith("gpu");
        return LearnerSettings.defaults()
                .withDevice(device, gpu ? Arithmetic.BFLOAT16 : Arithmetic.FLOAT32)
                .withMicroBatchTokens(tokens)
                .withOptimizer(OptimizerSettings.defaults().withLearningRate(1e-4));
    }
}

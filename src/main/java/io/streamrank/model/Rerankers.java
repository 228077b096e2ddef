package io.streamrank.model;

import ai.djl.Device;
import io.streamrank.contract.ModelRef;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Loads checkpoints. */
public final class Rerankers {
    private static final Logger LOG = LoggerFactory.getLogger(Rerankers.class);

    private Rerankers() {}

    /**
     * Loads a Hugging Face checkpoint folder and keeps it resident: reads and checks its files, compiles its
     * architecture, binds its weights on the device and scores a few pairs to warm up. Where the settings leave the
     * arithmetic to a CPU, both kinds are loaded and measured, and one is kept.
     *
     * @param folder holds {@code config.json}, {@code model.safetensors} and {@code tokenizer.json}
     * @param id the name requests call the model by
     * @throws CheckpointException where the checkpoint cannot be served as it is; nothing stays loaded
     * @throws IllegalArgumentException where the settings ask for a device that is not there and allow no other
     */
    public static Reranker load(Path folder, String id, ModelSettings settings) {
        return settings.cpuFallback() && !settings.device().equals("cpu")
                ? withFallback(folder, id, settings)
                : onDevice(folder, id, settings);
    }

    private static Reranker withFallback(Path folder, String id, ModelSettings settings) {
        Supplier<Reranker> onCpu = () -> onDevice(folder, id, settings.withDevice("cpu"));
        Reranker loaded;
        try {
            loaded = onDevice(folder, id, settings);
        } catch (CheckpointException e) {
            // It cannot be served anywhere.
            throw e;
        } catch (RuntimeException e) {
            LOG.error(
                    "Model {} cannot be loaded on device {}; taking the CPU, much slower, as"
                            + " streamrank.model.cpu-fallback allows",
                    id,
                    settings.device(),
                    e);
            return onCpu.get();
        }
        return loaded.device().equals("cpu") ? loaded : new FallbackReranker(loaded, onCpu);
    }

    private static Reranker onDevice(Path folder, String id, ModelSettings settings) {
        Checkpoint checkpoint = Checkpoint.open(folder);
        Architecture architecture = Families.read(checkpoint);
        PairSettings pairs = PairSettings.of(checkpoint, architecture, settings.maxLength());
        Device device = Placement.device(settings);
        ModelRef model = new ModelRef(id, checkpoint.revision(), architecture.family());
        PairTokenizer tokenizer = PairTokenizer.open(checkpoint.tokenizer(), pairs, settings.tokenCache());
        try {
            Scorer scorer = new ResidentScorer(checkpoint, architecture, tokenizer).load(settings, device);
            LoadedReranker reranker =
                    new LoadedReranker(model, tokenizer, scorer, remembering(scorer, settings), pairs.activation());
            reranker.warmUp();
            return reranker;
        } catch (RuntimeException e) {
            tokenizer.close();
            throw e;
        }
    }

    private static @Nullable RememberingScorer remembering(Scorer scorer, ModelSettings settings) {
        try {
            return RememberingScorer.of(scorer, settings);
        } catch (RuntimeException e) {
            scorer.close();
            throw e;
        }
    }

    /**
     * What a checkpoint will take on its device once it is loaded, told from its configuration and its header, before
     * its weights are read: within a few percent of {@link Reranker#residentBytes}. Where the arithmetic is to be
     * measured, float32 counts; while it is measured, half as much again is in use.
     *
     * @throws CheckpointException where the checkpoint cannot be served as it is
     */
    public static long residentBytes(Path folder, ModelSettings settings) {
        Architecture architecture = Families.read(Checkpoint.open(folder));
        Device device = expectedDevice(settings);
        Dtype dtype = Placement.dtype(settings, device).orElse(Dtype.FLOAT32);
        boolean remembers = architecture.memory() != Memory.NONE && !(settings.stateCacheOnHost() && device.isGpu());
        return WeightBytes.of(architecture, dtype) + (remembers ? settings.stateCache() : 0);
    }

    /**
     * The SHA-256 of a checkpoint in 64 hexadecimal digits, of which its {@linkplain ModelRef#revision revision} is the
     * first 12. Checks that its files are there and reads them from end to end.
     *
     * @throws CheckpointException where they are not
     */
    public static String digest(Path folder) {
        return Checkpoint.open(folder).digest();
    }

    private static Device expectedDevice(ModelSettings settings) {
        try {
            return Placement.device(settings);
        } catch (IllegalArgumentException e) {
            if (settings.cpuFallback()) {
                return Device.cpu();
            }
            throw e;
        }
    }
}

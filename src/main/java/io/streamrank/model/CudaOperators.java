package io.streamrank.model;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import ai.djl.util.Utils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The library of CUDA operators, which {@code src/main/cuda/build.sh} builds: found, loaded once a process, and held to
 * the version that the sources call. Where there is none, PyTorch's own operations do the same, slower.
 */
final class CudaOperators {
    /** The library beside libtorch's own, if there is one. */
    static final String AUTO = "auto";

    static final String NONE = "none";

    static final String FILE = "libstreamrank_cuda.so";

    /** The operators that the sources call; {@code src/main/cuda/library.cpp} has the same number. */
    static final long VERSION = 2;

    private static final Logger LOG = LoggerFactory.getLogger(CudaOperators.class);
    private static final String WAY_OUT =
            "Build it for this libtorch with src/main/cuda/build.sh (docs/cuda.md), or set"
                    + " operators to none, which is slower";

    private static @Nullable Path loaded;

    private CudaOperators() {}

    /**
     * Whether the operators run an architecture on a device; loads them then, and says in the log what runs.
     *
     * @param setting {@link #AUTO}, {@link #NONE} or the library's file
     * @throws IllegalStateException where there is a library that cannot be used
     */
    static boolean serve(Architecture architecture, Device device, String setting) {
        List<String> sources = TorchArchive.withOperators(architecture.sources());
        if (sources.isEmpty() || !device.isGpu()) {
            return false;
        }
        Optional<Path> library = locate(setting, Utils.getEnvOrSystemProperty("PYTORCH_LIBRARY_PATH"));
        Optional<String> refusal = OperatorLimits.refusal(architecture);
        if (library.isEmpty() || refusal.isPresent()) {
            LOG.info(
                    "Operators of {}: PyTorch's own, as {}",
                    architecture.family(),
                    library.isEmpty() ? absence(setting) : refusal.orElseThrow());
            return false;
        }
        load(library.get());
        LOG.info(
                "Operators of {}: CUDA operators {} of {}, in {}",
                architecture.family(),
                VERSION,
                library.get(),
                String.join(", ", sources));
        return true;
    }

    private static String absence(String setting) {
        return setting.equals(NONE) ? "operators is none" : "there is no " + FILE + " beside libtorch's libraries";
    }

    /**
     * The library's file.
     *
     * @param libtorch the folder of libtorch's libraries, where it is known
     */
    static Optional<Path> locate(String setting, @Nullable String libtorch) {
        if (setting.equals(NONE)) {
            return Optional.empty();
        }
        if (setting.equals(AUTO)) {
            return Optional.ofNullable(libtorch)
                    .filter(folder -> !folder.isEmpty())
                    .map(folder -> Path.of(folder, FILE).toAbsolutePath())
                    .filter(Files::isRegularFile);
        }
        Path library = Path.of(setting).toAbsolutePath();
        if (!Files.isRegularFile(library)) {
            throw new IllegalStateException(
                    "operators is " + setting + ", but " + library + " is not a file. " + WAY_OUT);
        }
        return Optional.of(library);
    }

    /** A second library would bring the same operators again, which ends the process: libtorch takes each once. */
    private static synchronized void load(Path library) {
        if (loaded == null) {
            open(library);
            requireVersion(library, version(library));
            loaded = library;
        } else if (!loaded.equals(library)) {
            throw new IllegalStateException(
                    "operators is " + library + ", but this process has loaded " + loaded + ": set one for all models");
        }
    }

    /** Brings a library into the process; libtorch, whose symbols it needs, has to be there. */
    static void open(Path library) {
        try {
            System.load(library.toString());
        } catch (UnsatisfiedLinkError e) {
            throw new IllegalStateException(
                    "The CUDA operators of " + library + " cannot be loaded: " + e.getMessage() + ". " + WAY_OUT, e);
        }
    }

    private static long version(Path library) {
        byte[] archive = TorchArchive.assemble(List.of("operators_version.py"), Map.of(), List.of("weights"), false);
        Device cpu = Device.cpu();
        try (Model model = TorchEngine.load(archive, "operators_version.py", cpu);
                NDManager manager = TorchEngine.manager(cpu)) {
            NDList nothing = new NDList(manager.create(0));
            return NativeCalls.ofThisProcess()
                    .make(() -> model.getBlock()
                            .forward(new ParameterStore(manager, false), nothing, false)
                            .singletonOrThrow()
                            .toLongArray()[0]);
        } catch (IllegalStateException e) {
            throw new IllegalStateException(library + " has no operators of Streamrank. " + WAY_OUT, e);
        }
    }

    /** Operators that are missing, or take other arguments, are told here and not in the midst of a model. */
    static void requireVersion(Path library, long version) {
        if (version != VERSION) {
            throw new IllegalStateException(
                    library + " has CUDA operators " + version + ", expected " + VERSION + ". " + WAY_OUT);
        }
    }
}

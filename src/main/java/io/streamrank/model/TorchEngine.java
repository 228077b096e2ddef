package io.streamrank.model;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.util.Utils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Set;

/**
 * The one door to DJL's PyTorch engine. Everything that touches the engine or the tokenizers goes through here first,
 * because what is set below counts only before the engine starts.
 */
final class TorchEngine {
    private static final String NAME = "PyTorch";

    static {
        // Without these two DJL asks a cloud metadata address and reports usage when it starts.
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        // The optimizing executor specialises on every new batch shape, and packed batches are all of a new shape.
        System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
    }

    private TorchEngine() {}

    /** Makes sure that DJL stays at home; for callers that go on to use its tokenizers. */
    static void prepare() {
        // The static initializer does it.
    }

    /**
     * Starts the engine, once a JVM.
     *
     * @param threads threads of one operation on the CPU; 0 leaves libtorch's choice. Process-wide: the first call that
     *     starts the engine decides
     */
    static Engine start(int threads) {
        if (threads > 0 && System.getProperty("ai.djl.pytorch.num_threads") == null) {
            System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
        }
        return Engine.getEngine(NAME);
    }

    /**
     * The libtorch that runs, with its flavour where that was chosen: {@code 2.7.1}, {@code 2.7.1 cu128}.
     *
     * @param threads as in {@link #start}
     */
    static String version(int threads) {
        String flavor = Utils.getEnvOrSystemProperty("PYTORCH_FLAVOR");
        String version = start(threads).getVersion();
        return flavor == null || flavor.isEmpty() ? version : version + " " + flavor;
    }

    /** Whether oneDNN's operators are there: libtorch has them wherever it runs on an x86 processor. */
    static boolean hasOneDnn(Device device) {
        return !device.isGpu()
                && Set.of("amd64", "x86_64")
                        .contains(System.getProperty("os.arch").toLowerCase(Locale.ROOT));
    }

    static NDManager manager(Device device) {
        return NDManager.newBaseManager(device, NAME);
    }

    /** Compiles an archive made by {@link TorchArchive}. */
    static Model load(byte[] archive, String name, Device device) {
        Model model = Model.newInstance(name, device, NAME);
        try {
            model.load(new ByteArrayInputStream(archive));
        } catch (IOException e) {
            model.close();
            throw new UncheckedIOException(e);
        } catch (MalformedModelException | RuntimeException e) {
            model.close();
            throw new IllegalStateException("the TorchScript source of " + name + " does not compile", e);
        }
        return model;
    }
}

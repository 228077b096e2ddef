package io.streamrank.cli;

import io.streamrank.model.ModelSettings;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the models of a command are run; what is not said comes from the configuration. */
final class ModelOptions {
    @Option(names = "--device", paramLabel = "DEVICE", description = "auto, cpu, gpu, gpu:1.")
    private @Nullable String device;

    @Option(names = "--dtype", paramLabel = "TYPE", description = "auto, float32, bfloat16.")
    private @Nullable String dtype;

    @Option(
            names = "--max-length",
            paramLabel = "N",
            converter = AtLeastOne.class,
            description = "The longest pair in tokens.")
    private @Nullable Integer maxLength;

    /** @param otherwise the longest pair where the command line does not say */
    ModelSettings settings(StreamrankConfig config, Optional<Integer> otherwise) {
        ModelSettings settings = new ModelLoader(config).settings();
        int length = maxLength != null ? maxLength : otherwise.orElse(settings.maxLength());
        return settings.withDevice(device == null ? settings.device() : device)
                .withDtype(dtype == null ? settings.dtype() : dtype)
                .withMaxLength(length);
    }
}

package io.streamrank.cli;

import io.streamrank.contract.WindowSize;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads window sizes: {@code 10s}, {@code 1m}, {@code 1h}. */
final class WindowText implements ITypeConverter<WindowSize> {
    @Override
    public WindowSize convert(String text) {
        return WindowSize.of(text)
                .orElseThrow(() -> new TypeConversionException("expected one of "
                        + Stream.of(WindowSize.values()).map(WindowSize::word).collect(Collectors.joining(", "))
                        + ", not '" + text + "'"));
    }
}

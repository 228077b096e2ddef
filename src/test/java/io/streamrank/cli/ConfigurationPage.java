package io.streamrank.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import io.streamrank.cli.DeclaredSettings.Setting;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** The reference of all settings, made of the interface that declares them: its types, defaults and doc comments. */
final class ConfigurationPage {
    static final String COMMAND = "mvn -Dquick test -pl src -Dtest=ConfigurationPageTest -Dconfiguration.write=true";

    private static final Path SOURCE = Path.of("src/main/java/io/streamrank/cli/StreamrankConfig.java");

    private static final String HEAD = """
            # Configuration reference

            Every setting with its variable, its type and its default. Generated from `StreamrankConfig`, and held to it by a test: don't edit it, run `%s`. What settings mean together is in the [README](../README.md#configuration) and the pages that it names.

            A setting comes from a system property (`-Dstreamrank.…` in `JAVA_OPTS`), its environment variable, or `config/application.properties` in the working folder, the first of them that has it; options of the command line win. Durations are `500ms`, `20s`, `5m`, `7d`. Where `<name>` may hold dots or dashes it stands in quotes, in a variable between two underscores: `STREAMRANK_KAFKA_PROPERTIES__SECURITY_PROTOCOL_`.

            | property | variable | type | default | |
            | --- | --- | --- | --- | --- |
            """;

    private ConfigurationPage() {}

    static String text() throws IOException {
        Map<String, String> comments = comments();
        return HEAD.formatted(COMMAND)
                + DeclaredSettings.all().stream()
                        .map(setting -> row(setting, comments))
                        .collect(Collectors.joining());
    }

    private static String row(Setting setting, Map<String, String> comments) {
        String comment = comments.get(key(
                setting.method().getDeclaringClass().getSimpleName(),
                setting.method().getName()));
        if (comment == null || comment.isBlank()) {
            throw new IllegalStateException(setting.property() + " has no doc comment");
        }
        return "| `%s` | `%s` | %s | %s | %s |\n"
                .formatted(
                        setting.property(),
                        variable(setting.property()),
                        type(setting.method().getGenericReturnType()),
                        setting.byDefault().map(value -> "`" + value + "`").orElse("none"),
                        prose(comment));
    }

    private static String variable(String property) {
        return property.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_");
    }

    private static String type(Type type) {
        if (type instanceof ParameterizedType generic) {
            Type[] arguments = generic.getActualTypeArguments();
            Type inner = arguments[arguments.length - 1];
            return generic.getRawType() == List.class ? "list, comma-separated" : type(inner);
        }
        Map<Type, String> words = Map.of(
                int.class, "whole number",
                long.class, "whole number",
                OptionalInt.class, "whole number",
                Double.class, "number",
                double.class, "number",
                boolean.class, "`true`, `false`",
                Duration.class, "duration",
                Path.class, "path",
                String.class, "text");
        if (type instanceof Class<?> enumeration && enumeration.isEnum()) {
            return Arrays.stream(enumeration.getEnumConstants())
                    .map(value ->
                            "`" + value.toString().toLowerCase(Locale.ROOT).replace('_', '-') + "`")
                    .collect(Collectors.joining(", "));
        }
        return Optional.ofNullable(words.get(type))
                .orElseThrow(() -> new IllegalStateException("no words for the type " + type.getTypeName()));
    }

    private static String prose(String comment) {
        return comment.strip()
                .replaceAll("\\s+", " ")
                .replaceAll("\\{@code ([^}]*)}", "`$1`")
                .replaceAll("\\{@link #?([^}]*)}", "`$1`")
                .replace("|", "\\|");
    }

    /** Doc comments of the methods, by interface and name. */
    private static Map<String, String> comments() throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        Map<String, String> comments = new HashMap<>();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, UTF_8)) {
            JavacTask task =
                    (JavacTask) compiler.getTask(null, files, null, null, null, files.getJavaFileObjects(SOURCE));
            DocTrees docs = DocTrees.instance(task);
            new TreePathScanner<Void, String>() {
                @Override
                public Void visitClass(ClassTree type, String outer) {
                    return super.visitClass(type, type.getSimpleName().toString());
                }

                @Override
                public Void visitMethod(MethodTree method, String type) {
                    String comment = docs.getDocComment(getCurrentPath());
                    comments.put(key(type, method.getName().toString()), comment == null ? "" : comment);
                    return null;
                }
            }.scan(task.parse(), "");
        }
        return comments;
    }

    private static String key(String type, String method) {
        return type + "." + method;
    }
}

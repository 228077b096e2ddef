package io.streamrank.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A Dockerfile's instructions, one after the other.
 *
 * @param instructions continued lines joined, comments left out
 */
record Dockerfile(List<Instruction> instructions) {
    /**
     * @param stage the name of the stage it stands in, or its base's; empty before the first
     * @param keyword in capitals
     * @param words what follows, without options
     * @param options those that begin with two dashes
     */
    record Instruction(String stage, String keyword, List<String> words, List<String> options) {
        String text() {
            return String.join(" ", words);
        }
    }

    static Dockerfile read(Path file) throws IOException {
        List<Instruction> instructions = new ArrayList<>();
        StringBuilder joined = new StringBuilder();
        String stage = "";
        for (String line : Files.readAllLines(file)) {
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (line.endsWith("\\")) {
                joined.append(line, 0, line.length() - 1);
                continue;
            }
            List<String> words = List.of(joined.append(line).toString().trim().split("\\s+"));
            joined.setLength(0);
            String keyword = words.get(0).toUpperCase(Locale.ROOT);
            List<String> options = words.stream()
                    .skip(1)
                    .takeWhile(word -> word.startsWith("--"))
                    .toList();
            List<String> rest = words.subList(1 + options.size(), words.size());
            if (keyword.equals("FROM")) {
                stage = rest.get(rest.size() - 1);
            }
            instructions.add(new Instruction(stage, keyword, rest, options));
        }
        return new Dockerfile(instructions);
    }

    List<Instruction> all(String keyword) {
        return instructions.stream()
                .filter(each -> each.keyword().equals(keyword))
                .toList();
    }

    Set<String> stages() {
        return all("FROM").stream().map(Instruction::stage).collect(Collectors.toSet());
    }

    /** Those of one stage. */
    List<Instruction> of(String stage) {
        return instructions.stream().filter(each -> each.stage().equals(stage)).toList();
    }
}

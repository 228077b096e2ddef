package io.streamrank.cli;

import io.smallrye.config.WithDefault;
import io.smallrye.config.WithParentName;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What {@link StreamrankConfig} declares, by reflection. */
final class DeclaredSettings {
    private DeclaredSettings() {}

    /**
     * @param property its name, with {@code <name>} where any name may stand
     * @param method that declares it
     */
    record Setting(String property, Method method) {
        Optional<String> byDefault() {
            return Optional.ofNullable(method.getAnnotation(WithDefault.class)).map(WithDefault::value);
        }
    }

    /** All, by name. */
    static List<Setting> all() {
        List<Setting> settings = new ArrayList<>();
        add("streamrank", StreamrankConfig.class, settings);
        settings.sort(Comparator.comparing(Setting::property));
        return settings;
    }

    private static void add(String prefix, Class<?> group, List<Setting> settings) {
        Arrays.stream(group.getDeclaredMethods())
                .filter(method -> !method.isSynthetic())
                .forEach(method -> {
                    String name = prefix + "." + kebab(method.getName());
                    Optional<Class<?>> nested = group(method);
                    if (method.isAnnotationPresent(WithParentName.class)) {
                        settings.add(new Setting(prefix, method));
                    } else if (nested.isPresent()) {
                        add(name + placeholder(method), nested.get(), settings);
                    } else {
                        settings.add(new Setting(name + placeholder(method), method));
                    }
                });
    }

    /** What a method gives, or gives by name, where that is a group of properties. */
    private static Optional<Class<?>> group(Method method) {
        Class<?> type = method.getReturnType();
        if (method.getGenericReturnType() instanceof ParameterizedType map && type == Map.class) {
            type = (Class<?>) map.getActualTypeArguments()[1];
        }
        return Optional.<Class<?>>of(type)
                .filter(any -> any.isInterface() && any.getEnclosingClass() == StreamrankConfig.class);
    }

    private static String kebab(String name) {
        return name.replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
    }

    private static String placeholder(Method method) {
        return method.getReturnType() == Map.class ? ".<name>" : "";
    }
}

package io.leasehold.app.deploy;

import com.typesafe.config.ConfigFactory;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What must hold between the Kubernetes objects, and between them and the server. */
final class ManifestRules {
  private static final Map<String, String> PORTS =
      Map.of(
          "lock", "lock.port",
          "monitor", "monitor.port",
          "debug", "monitor.debug-port",
          "management", "management.port",
          "remoting", "remoting.port");

  /** What a stop may take after the connections are drained. */
  private static final long HAND_OVER_SECONDS = 20;

  private static final Pattern ANNOTATION = Pattern.compile("metadata\\.annotations\\['(.*)'\\]");
  private static final Pattern SECRET_FILE = Pattern.compile("file:([^\"\\s]+)");

  private final Manifests manifests;
  private final Deployment deployment;
  private final PodSpec pod;
  private final Container container;
  private final List<String> problems = new ArrayList<>();

  private ManifestRules(Manifests manifests) {
    this.manifests = manifests;
    deployment = manifests.one(Deployment.class);
    pod = deployment.getSpec().getTemplate().getSpec();
    container = pod.getContainers().get(0);
  }

  /** One line for each rule that is broken. */
  static List<String> problems(Manifests manifests) {
    var rules = new ManifestRules(manifests);
    rules.ports();
    rules.probes();
    rules.services();
    rules.selectors();
    rules.account();
    rules.environment();
    rules.volumes();
    rules.configuration();
    rules.stopping();
    rules.leastRights();
    rules.rollout();
    rules.network();
    return rules.problems;
  }

  private void check(boolean holds, String problem) {
    if (!holds) {
      problems.add(problem);
    }
  }

  private void ports() {
    var found =
        container.getPorts().stream()
            .collect(Collectors.toMap(ContainerPort::getName, ContainerPort::getContainerPort));
    PORTS.forEach(
        (name, key) ->
            check(
                Integer.valueOf(KnownSettings.port(key)).equals(found.get(name)),
                "port " + name + " = " + found.get(name) + " is not " + key));
    check(PORTS.keySet().containsAll(found.keySet()), "ports that no setting names: " + found);
  }

  private Set<String> portNames() {
    return container.getPorts().stream().map(ContainerPort::getName).collect(Collectors.toSet());
  }

  private void probes() {
    probe("startup", container.getStartupProbe(), "/startup");
    probe("liveness", container.getLivenessProbe(), "/alive");
    probe("readiness", container.getReadinessProbe(), "/ready");
  }

  private void probe(String name, Probe probe, String path) {
    var get = probe.getHttpGet();
    check(path.equals(get.getPath()), name + " probe asks " + get.getPath() + ", not " + path);
    check(
        portNames().contains(get.getPort().getStrVal()),
        name + " probe: no port is called " + shown(get.getPort()));
    check("management".equals(get.getPort().getStrVal()), name + " probe: not the management port");
  }

  private void services() {
    for (var service : manifests.all(Service.class)) {
      var name = service.getMetadata().getName();
      check(matchesPods(service.getSpec().getSelector()), "service " + name + " selects no pod");
      for (var port : service.getSpec().getPorts()) {
        check(
            portNames().contains(port.getTargetPort().getStrVal()),
            "service " + name + ": no port is called " + shown(port.getTargetPort()));
        check(
            Integer.valueOf(KnownSettings.port(PORTS.getOrDefault(port.getName(), "lock.port")))
                .equals(port.getPort()),
            "service " + name + ": port " + port.getPort() + " is not that of " + port.getName());
      }
      check(
          Boolean.FALSE.equals(pod.getEnableServiceLinks()) || !name.startsWith("leasehold"),
          "enableServiceLinks: the variables of service " + name + " would stop the start");
    }
  }

  private boolean matchesPods(Map<String, String> selector) {
    var labels = deployment.getSpec().getTemplate().getMetadata().getLabels();
    return !selector.isEmpty() && labels.entrySet().containsAll(selector.entrySet());
  }

  private void selector(String where, LabelSelector selector) {
    check(
        selector.getMatchExpressions().isEmpty() && matchesPods(selector.getMatchLabels()),
        where + " selects no pod");
  }

  private void selectors() {
    selector("the deployment", deployment.getSpec().getSelector());
    selector(
        "the disruption budget", manifests.one(PodDisruptionBudget.class).getSpec().getSelector());
    selector("the network policy", manifests.one(NetworkPolicy.class).getSpec().getPodSelector());
    pod.getTopologySpreadConstraints()
        .forEach(
            spread -> selector("spread " + spread.getTopologyKey(), spread.getLabelSelector()));
    check(matchesPods(Map.of("app", "leasehold")), "discovery looks for app=leasehold");
  }

  private void account() {
    var account = pod.getServiceAccountName();
    check(manifests.named(ServiceAccount.class, account) != null, "no service account " + account);
    check(
        Boolean.TRUE.equals(pod.getAutomountServiceAccountToken()),
        "discovery needs the token of the account");
    var binding = manifests.one(RoleBinding.class);
    check(
        binding.getSubjects().stream()
            .anyMatch(s -> s.getKind().equals("ServiceAccount") && s.getName().equals(account)),
        "the role is not bound to " + account);
    var role = manifests.named(Role.class, binding.getRoleRef().getName());
    check(role != null, "no role " + binding.getRoleRef().getName());
    if (role != null) {
      var rules = role.getRules();
      check(
          rules.size() == 1
              && rules.get(0).getResources().equals(List.of("pods"))
              && rules.get(0).getApiGroups().equals(List.of(""))
              && rules.get(0).getVerbs().equals(List.of("get", "list", "watch")),
          "the role is not get, list and watch of pods");
    }
  }

  private void environment() {
    var annotations = deployment.getSpec().getTemplate().getMetadata().getAnnotations();
    for (var variable : container.getEnv()) {
      check(KnownSettings.isVariable(variable.getName()), "unknown " + variable.getName());
      var from = variable.getValueFrom();
      var annotation = from == null ? null : ANNOTATION.matcher(from.getFieldRef().getFieldPath());
      check(
          annotation == null
              || !annotation.matches()
              || annotations.containsKey(annotation.group(1)),
          variable.getName() + ": no such annotation");
    }
    for (var name : List.of("REMOTING_HOST", "MANAGEMENT_HOST", "CLUSTER_APP_VERSION")) {
      check(
          container.getEnv().stream().anyMatch(v -> v.getName().equals("LEASEHOLD_" + name)),
          "LEASEHOLD_" + name + " is missing");
    }
  }

  private void volumes() {
    var volumes = pod.getVolumes().stream().map(Volume::getName).collect(Collectors.toSet());
    var mounts =
        container.getVolumeMounts().stream().map(VolumeMount::getName).collect(Collectors.toSet());
    check(volumes.equals(mounts), "volumes " + volumes + " are not the mounts " + mounts);
  }

  private VolumeMount mount(String volume) {
    return container.getVolumeMounts().stream()
        .filter(mount -> mount.getName().equals(volume))
        .findFirst()
        .orElseThrow();
  }

  private void configuration() {
    for (var volume : pod.getVolumes()) {
      if (volume.getConfigMap() != null) {
        var map = manifests.named(ConfigMap.class, volume.getConfigMap().getName());
        check(map != null, "no config map " + volume.getConfigMap().getName());
        if (map != null) {
          var files = new TreeSet<String>();
          map.getData()
              .keySet()
              .forEach(f -> files.add(mount(volume.getName()).getMountPath() + "/" + f));
          var args = container.getArgs();
          var file = args.get(args.indexOf("--config") + 1);
          check(files.contains(file), "--config " + file + " is not in " + files);
        }
      }
    }
    var hocon = manifests.one(ConfigMap.class).getData().getOrDefault("leasehold.conf", "");
    for (var key : KnownSettings.keysOf(hocon)) {
      check(KnownSettings.isKey(key), "unknown setting " + key);
    }
    var config = ConfigFactory.parseString(hocon).getConfig("leasehold");
    check(
        config.getInt("cluster.required-contact-points")
            == deployment.getSpec().getReplicas() / 2 + 1,
        "cluster.required-contact-points is no majority of the replicas");
    var given = secretFiles();
    SECRET_FILE
        .matcher(hocon)
        .results()
        .forEach(m -> check(given.contains(m.group(1)), m.group(1) + " is not in " + given));
  }

  private Set<String> secretFiles() {
    var files = new TreeSet<String>();
    for (var volume : pod.getVolumes()) {
      if (volume.getSecret() != null) {
        var folder = mount(volume.getName()).getMountPath();
        volume.getSecret().getItems().forEach(item -> files.add(folder + "/" + item.getPath()));
      }
    }
    return files;
  }

  private void stopping() {
    var hocon = manifests.one(ConfigMap.class).getData().getOrDefault("leasehold.conf", "");
    long drain =
        ConfigFactory.parseString(hocon).getDuration("leasehold.lock.drain-timeout").toSeconds();
    var command = container.getLifecycle().getPreStop().getExec().getCommand();
    long sleep = Long.parseLong(command.get(1));
    check(command.get(0).equals("sleep"), "preStop does not sleep");
    check(
        pod.getTerminationGracePeriodSeconds() >= sleep + drain + HAND_OVER_SECONDS,
        "terminationGracePeriodSeconds is shorter than preStop, drain and hand-over");
  }

  private void leastRights() {
    var security = pod.getSecurityContext();
    check(Boolean.TRUE.equals(security.getRunAsNonRoot()), "runAsNonRoot");
    check(Long.valueOf(10001).equals(security.getRunAsUser()), "runAsUser is not the image's");
    check("RuntimeDefault".equals(security.getSeccompProfile().getType()), "seccompProfile");
    var own = container.getSecurityContext();
    check(Boolean.TRUE.equals(own.getReadOnlyRootFilesystem()), "readOnlyRootFilesystem");
    check(Boolean.FALSE.equals(own.getAllowPrivilegeEscalation()), "allowPrivilegeEscalation");
    check(own.getCapabilities().getDrop().equals(List.of("ALL")), "capabilities");
    check(
        pod.getVolumes().stream()
            .filter(volume -> volume.getEmptyDir() != null)
            .anyMatch(v -> mount(v.getName()).getMountPath().equals("/var/lib/leasehold")),
        "data-dir is not writable");
    check(
        container.getResources().getRequests().get("memory") != null
            && container
                .getResources()
                .getRequests()
                .get("memory")
                .equals(container.getResources().getLimits().get("memory")),
        "memory: request and limit differ, the node may be ended for what others use");
  }

  private void rollout() {
    var rolling = deployment.getSpec().getStrategy().getRollingUpdate();
    check(new IntOrString(0).equals(rolling.getMaxUnavailable()), "maxUnavailable is not 0");
    check(new IntOrString(1).equals(rolling.getMaxSurge()), "maxSurge is not 1");
    check(
        new IntOrString(1)
            .equals(manifests.one(PodDisruptionBudget.class).getSpec().getMaxUnavailable()),
        "the disruption budget is not 1");
    int replicas = deployment.getSpec().getReplicas();
    check(replicas >= 3 && replicas % 2 == 1, "an even number of nodes has no better majority");
  }

  private void network() {
    var policy = manifests.one(NetworkPolicy.class).getSpec();
    check(policy.getPolicyTypes().contains("Ingress"), "the network policy is not for ingress");
    for (var rule : policy.getIngress()) {
      var ports = rule.getPorts().stream().map(NetworkPolicyPort::getPort).toList();
      boolean inside =
          ports.contains(new IntOrString(KnownSettings.port("remoting.port")))
              || ports.contains(new IntOrString(KnownSettings.port("management.port")));
      boolean fromNodesOnly =
          !rule.getFrom().isEmpty()
              && rule.getFrom().stream()
                  .allMatch(
                      peer ->
                          peer.getPodSelector() != null
                              && peer.getNamespaceSelector() == null
                              && peer.getIpBlock() == null
                              && matchesPods(peer.getPodSelector().getMatchLabels()));
      check(!ports.isEmpty(), "the network policy opens every port");
      check(!inside || fromNodesOnly, "remoting or management is open to others than nodes");
    }
  }

  private static String shown(IntOrString port) {
    return port.getStrVal() == null ? String.valueOf(port.getIntVal()) : port.getStrVal();
  }
}

// Prints the devices of Vulkan as JSON. Runs in a process of its own (adapters.ts), since drivers are foreign native code that
// may crash or hang. Structures are those of Vulkan 1.0's public header.
import { writeSync } from "node:fs";
import koffi from "koffi";

writeSync(1, JSON.stringify(devices()));

function devices() {
  let vulkan;
  try {
    vulkan = koffi.load("libvulkan.so.1");
  } catch {
    return { missing: "loader" };
  }
  const createInstance = vulkan.func("vkCreateInstance", "int", ["void *", "void *", "void *"]);
  const enumerate = vulkan.func("vkEnumeratePhysicalDevices", "int", ["void *", "void *", "void *"]);
  const readProperties = vulkan.func("vkGetPhysicalDeviceProperties", "void", ["void *", "void *"]);
  // VkInstanceCreateInfo with its type only: everything else is optional.
  const [information, instance] = [new BigUint64Array(8).fill(1n, 0, 1), new BigUint64Array(1)];
  if (createInstance(information, null, instance) !== 0) return { missing: "driver" };
  const count = new Uint32Array(1);
  if (enumerate(instance[0], count, null) !== 0) return { missing: "driver" };
  const found = new BigUint64Array(count[0]);
  enumerate(instance[0], count, found);
  return { devices: [...found].map((device) => properties(device, readProperties)) };
}

/** VkPhysicalDeviceProperties: deviceType at 16, deviceName at 20, limits.maxStorageBufferRange at 324. */
function properties(device, read) {
  const bytes = Buffer.alloc(4096);
  read(device, bytes);
  const name = bytes.toString("utf8", 20, bytes.indexOf(0, 20));
  return { name, type: bytes.readUInt32LE(16), largestBuffer: bytes.readUInt32LE(324) };
}

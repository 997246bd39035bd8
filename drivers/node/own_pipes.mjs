// The pipes between the driver and the process of the user's code, as descriptors of that process.

export const ORDERS = 3;
export const ANSWERS = 4;

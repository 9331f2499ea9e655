"""What alarms are worth: how often each tier and cause alarmed, and what people said of them."""
